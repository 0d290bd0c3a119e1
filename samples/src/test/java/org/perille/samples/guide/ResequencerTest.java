package org.perille.samples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Effect;
import org.perille.EventSourcedSubscription;
import org.perille.Subscription;
import org.perille.testkit.PerilleTestKit;
import org.perille.testkit.idempotence.IdempotenceCheck;

class ResequencerTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final Queue<Long> arrived = new ConcurrentLinkedQueue<>();
  private final Queue<Long> journey = new ConcurrentLinkedQueue<>();

  /** The customs, which handle each parcel by itself. */
  private final Subscription<Numbering.Scan> customs =
      Subscription.of("customs", Numbering.PARCELS)
          .effectivelyOnce(
              delivery -> Effect.none().publish(Resequencer.CLEARED, delivery.payload()));

  private final Subscription<Numbering.Scan> unsorted =
      Subscription.of("unsorted", Resequencer.CLEARED)
          .atLeastOnce(delivery -> arrived.add(delivery.payload().number()));

  private final Subscription<Numbering.Scan> tracking =
      Subscription.of("tracking", Resequencer.JOURNEY)
          .atLeastOnce(delivery -> journey.add(delivery.payload().number()));

  private static Numbering.Scan scan(long number) {
    return new Numbering.Scan("s-1", number, "p-" + number % 3, "text " + number);
  }

  @Test
  void events_of_several_parcels_come_in_the_order_of_their_shipment() {
    try (PerilleTestKit kit =
        PerilleTestKit.start(
            Numbering.NUMBERING,
            customs,
            unsorted,
            Resequencer.resequencing(Resequencer.MAX_WAITING),
            tracking)) {
      kit.faults(customs).on(scan -> scan.parcel().equals("p-0")).fail(2);
      for (int i = 0; i < 9; i++) {
        kit.publish(Numbering.SHIPMENTS, new Numbering.Event("s-1", "p-" + i % 3, "text " + i));
      }
      kit.letTimePassUntilSettled(HOUR);
      assertThat(List.copyOf(arrived)).isNotEqualTo(numbers(1, 9));
      assertThat(List.copyOf(journey)).isEqualTo(numbers(1, 9));
    }
  }

  @Test
  void no_crash_changes_the_order_or_repeats_a_number() {
    IdempotenceCheck.of(world -> Resequencer.resequencing(Resequencer.MAX_WAITING))
        .messages(scan(3), scan(2), scan(2), scan(1), scan(4))
        .endToEnd()
        .assertEffectivelyOnce();
  }

  @Test
  void no_crash_gives_a_number_twice() {
    IdempotenceCheck.of(
            world ->
                Subscription.of("numbering", Numbering.SHIPMENTS).effectivelyOnce(new Numbering()))
        .messages(
            new Numbering.Event("s-1", "p-1", "packed"), new Numbering.Event("s-1", "p-2", "sent"))
        .assertEffectivelyOnce();
  }

  @Test
  void scans_that_are_too_far_ahead_are_dead_letters_and_keep_nothing_from_being_published() {
    EventSourcedSubscription<Numbering.Scan, Resequencer.Sequence> resequencing =
        Resequencer.resequencing(3);
    try (PerilleTestKit kit = PerilleTestKit.start(resequencing, tracking)) {
      for (long number = 2; number <= 6; number++) {
        kit.publish(Resequencer.CLEARED, scan(number));
      }
      assertThat(kit.awaitDeadLetters(resequencing, 2))
          .allMatch(letter -> letter.failure() == DeadLetter.Failure.HANDLER)
          .allMatch(letter -> letter.attempts() == 1);
      kit.publish(Resequencer.CLEARED, scan(1));
      kit.letTimePassUntilSettled(HOUR);
      assertThat(List.copyOf(journey)).isEqualTo(numbers(1, 4));

      kit.perille()
          .subscription(resequencing)
          .deadLetters()
          .redrive(DeadLetterFilter.all(), "the missing scan has come")
          .toCompletableFuture()
          .join();
      kit.letTimePassUntilSettled(HOUR);
      assertThat(List.copyOf(journey)).isEqualTo(numbers(1, 6));
    }
  }

  private static List<Long> numbers(long first, long last) {
    List<Long> numbers = new ArrayList<>();
    for (long number = first; number <= last; number++) {
      numbers.add(number);
    }
    return numbers;
  }
}
