package org.perille.samples.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Subscription;
import org.perille.testkit.CrashPoint;
import org.perille.testkit.PerilleTestKit;
import org.perille.testkit.idempotence.IdempotenceCheck;

class TripSagaTest {
  private static final Duration DAY = Duration.ofDays(1);

  /** Remembers the first answer for each key, as a real provider does. */
  static final class FakeProvider implements Charging.Provider {
    private final Map<String, Boolean> answers = new ConcurrentHashMap<>();
    private final IntPredicate pays;

    FakeProvider(IntPredicate pays) {
      this.pays = pays;
    }

    @Override
    public boolean charge(String idempotencyKey, int price) {
      return answers.computeIfAbsent(idempotencyKey, key -> pays.test(price));
    }

    long paid() {
      return answers.values().stream().filter(paid -> paid).count();
    }
  }

  private final FakeProvider provider = new FakeProvider(price -> price <= 500);
  private final Subscription<TripSaga.Charge> charging = Charging.charging(provider);

  private PerilleTestKit start() {
    return PerilleTestKit.start(TripSaga.SAGA, TripSaga.DEADLINE, Places.RESERVATIONS, charging);
  }

  private static void request(PerilleTestKit kit, String trip, String hotel, int price) {
    request(kit, new TripSaga.Requested(trip, "flight", hotel, price));
  }

  private static void request(PerilleTestKit kit, TripSaga.Requested requested) {
    kit.publish(
        TripSaga.TRIPS,
        Message.<TripSaga.Step>of(requested)
            .withId(MessageId.of("request of " + requested.trip())));
  }

  private static TripSaga.Phase phase(PerilleTestKit kit, String trip) {
    return kit.state(TripSaga.SAGA, trip).phase();
  }

  private static Set<String> held(PerilleTestKit kit, String place) {
    return kit.state(Places.RESERVATIONS, place).trips();
  }

  @Test
  void a_trip_has_a_seat_a_room_and_a_payment() {
    try (PerilleTestKit kit = start()) {
      request(kit, "t-1", "hotel", 100);
      kit.letTimePassUntilSettled(DAY);
      assertThat(phase(kit, "t-1")).isEqualTo(TripSaga.Phase.BOOKED);
      assertThat(held(kit, "flight")).containsExactly("t-1");
      assertThat(held(kit, "hotel")).containsExactly("t-1");
      assertThat(provider.paid()).isEqualTo(1);
    }
  }

  @Test
  void a_trip_without_a_room_gives_its_seat_back() {
    try (PerilleTestKit kit = start()) {
      for (String guest : List.of("a", "b")) {
        kit.publish(TripSaga.PLACES, new TripSaga.Command("hotel", guest, false));
      }
      request(kit, "t-1", "hotel", 100);
      kit.letTimePassUntilSettled(DAY);
      assertThat(phase(kit, "t-1")).isEqualTo(TripSaga.Phase.CANCELLED);
      assertThat(held(kit, "flight")).isEmpty();
      assertThat(provider.paid()).isZero();
    }
  }

  @Test
  void a_trip_that_is_not_paid_gives_seat_and_room_back() {
    try (PerilleTestKit kit = start()) {
      request(kit, "t-1", "hotel", 501);
      kit.letTimePassUntilSettled(DAY);
      assertThat(phase(kit, "t-1")).isEqualTo(TripSaga.Phase.CANCELLED);
      assertThat(held(kit, "flight")).isEmpty();
      assertThat(held(kit, "hotel")).isEmpty();
    }
  }

  @Test
  void an_answer_that_comes_after_the_deadline_is_undone() {
    try (PerilleTestKit kit = start()) {
      kit.faults(Places.RESERVATIONS)
          .on(command -> command.place().equals("hotel") && !command.release())
          .fail(5);
      request(kit, "t-1", "hotel", 100);
      kit.awaitAttempts(Places.RESERVATIONS, 2);
      kit.perille()
          .subscription(Places.RESERVATIONS)
          .pause("the hotel is closed")
          .toCompletableFuture()
          .join();
      kit.advanceTime(TripSaga.ANSWERS_WITHIN);
      await()
          .atMost(PerilleTestKit.DEFAULT_POLLING)
          .until(() -> phase(kit, "t-1") == TripSaga.Phase.CANCELLED);
      kit.perille().subscription(Places.RESERVATIONS).resume().toCompletableFuture().join();
      kit.letTimePassUntilSettled(DAY);
      assertThat(kit.handled(TripSaga.SAGA)).contains(new TripSaga.Accepted("t-1", "hotel"));
      assertThat(held(kit, "hotel")).isEmpty();
      assertThat(held(kit, "flight")).isEmpty();
      assertThat(provider.paid()).isZero();
    }
  }

  @Test
  void whatever_crashes_a_trip_has_everything_or_nothing() {
    try (PerilleTestKit kit = start()) {
      List<Subscription<?>> crashing = List.of(TripSaga.SAGA, Places.RESERVATIONS, charging);
      for (int i = 0; i < 12; i++) {
        request(
            kit,
            new TripSaga.Requested(
                "t-" + i, "flight " + i % 4, "hotel " + i % 3, i % 4 == 0 ? 501 : 100 + i));
        if (i % 4 == 3) {
          kit.faults(crashing.get(i / 4)).crash(CrashPoint.BEFORE_COMMIT);
        }
      }
      kit.letTimePassUntilSettled(DAY);
      Set<String> booked = new HashSet<>();
      for (int i = 0; i < 12; i++) {
        TripSaga.Phase phase = phase(kit, "t-" + i);
        assertThat(phase).isIn(TripSaga.Phase.BOOKED, TripSaga.Phase.CANCELLED);
        if (phase == TripSaga.Phase.BOOKED) {
          booked.add("t-" + i);
        }
      }
      Map<String, Integer> places = new HashMap<>();
      for (int i = 0; i < 4; i++) {
        held(kit, "flight " + i).forEach(trip -> places.merge(trip, 1, Integer::sum));
        held(kit, "hotel " + i).forEach(trip -> places.merge(trip, 1, Integer::sum));
      }
      assertThat(booked).isNotEmpty();
      assertThat(places.keySet()).isEqualTo(booked);
      assertThat(places.values()).allMatch(count -> count == 2);
      assertThat(provider.paid()).isEqualTo(booked.size());
    }
  }

  @Test
  void no_crash_makes_the_saga_decide_twice() {
    List<TripSaga.Step> steps =
        List.of(
            new TripSaga.Requested("t-1", "flight", "hotel", 100),
            new TripSaga.Accepted("t-1", "flight"),
            new TripSaga.Accepted("t-1", "hotel"),
            new TripSaga.NotPaid("t-1"),
            new TripSaga.TimedOut("t-1"));
    List<Message<TripSaga.Step>> messages = new ArrayList<>();
    steps.forEach(step -> messages.add(Message.of(step)));
    IdempotenceCheck.of(
            world -> Subscription.of("saga", TripSaga.TRIPS).effectivelyOnce(new TripSaga()))
        .messages(messages)
        .endToEnd()
        .assertEffectivelyOnce();
  }

  @Test
  void no_crash_makes_a_place_be_taken_twice() {
    IdempotenceCheck.of(
            world -> Subscription.of("reservations", TripSaga.PLACES).effectivelyOnce(new Places()))
        .messages(
            new TripSaga.Command("flight", "a", false),
            new TripSaga.Command("flight", "b", false),
            new TripSaga.Command("flight", "c", false),
            new TripSaga.Command("flight", "a", true),
            new TripSaga.Command("flight", "a", true))
        .assertEffectivelyOnce();
  }

  @Test
  void no_crash_makes_the_provider_charge_twice() {
    IdempotenceCheck.of(
            world ->
                Charging.charging(
                    world.outside(
                        Charging.Provider.class, () -> new FakeProvider(price -> price <= 500))))
        .effect(world -> List.of(world.fake(FakeProvider.class).paid()))
        .messages(new TripSaga.Charge("t-1", 100), new TripSaga.Charge("t-2", 501))
        .assertEffectivelyOnce();
  }
}
