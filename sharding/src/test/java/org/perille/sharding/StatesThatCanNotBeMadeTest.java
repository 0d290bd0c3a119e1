package org.perille.sharding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.perille.sharding.FailureKit.get;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.DeadLetter;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.RetryPolicy;
import org.perille.StorageException;
import org.perille.Subscription;
import org.perille.Topic;

/** A key whose state can't be restored fails its messages and queries, and no others. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatesThatCanNotBeMadeTest {
  /** The part of the application's code that fails. */
  enum Place {
    APPLY,
    EVENT,
    EMPTY_STATE
  }

  private static final AtomicReference<Optional<Place>> BROKEN =
      new AtomicReference<>(Optional.empty());

  private static void pass(Place place) {
    if (BROKEN.get().equals(Optional.of(place))) {
      throw new NoClassDefFoundError("planned");
    }
  }

  record Count(int notes) implements PerilleMessage {}

  record Counted(String key) implements PerilleMessage {
    Counted {
      if (key.startsWith("bad")) {
        pass(Place.EVENT);
      }
    }
  }

  private static final class Counting implements EventSourcedHandler<Note, Count, Counted> {
    @Override
    public Class<Count> stateType() {
      return Count.class;
    }

    @Override
    public Class<Counted> eventType() {
      return Counted.class;
    }

    @Override
    public Count emptyState() {
      pass(Place.EMPTY_STATE);
      return new Count(0);
    }

    @Override
    public Effect<Counted> handle(Count state, Delivery<Note> delivery) {
      return Effect.of(new Counted(delivery.key())).reply(new Count(state.notes()));
    }

    @Override
    public Count apply(Count state, Counted event) {
      if (event.key().startsWith("bad")) {
        pass(Place.APPLY);
      }
      return new Count(state.notes() + 1);
    }
  }

  /** The next key that is used evicts the one before. */
  private final FailureKit kit = new FailureKit("perille.effect.max-active-keys = 1");

  private final Perille perille = kit.perille;

  @AfterEach
  void fix() {
    BROKEN.set(Optional.empty());
  }

  @AfterAll
  void stop() {
    kit.close();
  }

  private static EventSourcedSubscription<Note, Count> counting(Topic<Note> topic) {
    return Subscription.of("counting", topic)
        .effectivelyOnce(new Counting())
        .withRetries(RetryPolicy.fixed(Duration.ofMillis(1)).withMaxAttempts(2));
  }

  private int notes(EventSourcedSubscription<Note, Count> subscription, String key)
      throws Exception {
    return get(perille.subscription(subscription).key(key).state()).state().notes();
  }

  @ParameterizedTest
  @EnumSource
  void its_messages_become_dead_letters_until_it_is_fixed_and_other_keys_go_on(Place place)
      throws Exception {
    Topic<Note> topic =
        Topic.of("states-" + place.name().toLowerCase(Locale.ROOT), Note.class)
            .keyedBy(Note::key)
            .withPartitions(1);
    EventSourcedSubscription<Note, Count> counting = counting(topic);
    perille.register(counting);
    boolean once = place != Place.EMPTY_STATE;
    if (once) {
      kit.handle(counting, "bad", 0);
      kit.handle(counting, "good", 1);
    }
    BROKEN.set(Optional.of(place));
    kit.publish(topic, "bad", 2);
    DeadLetter letter = kit.awaitLetters(counting, 1).get(0);
    assertThat(letter.attempts()).isEqualTo(2);
    assertThat(letter.error()).contains(StorageException.class.getName());
    assertThat(letter.errorMessage()).get(STRING).contains("'bad'").contains("planned");
    assertThatThrownBy(() -> get(perille.subscription(counting).key("bad").state()))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(StorageException.class)
        .hasRootCauseInstanceOf(NoClassDefFoundError.class);
    if (once) {
      kit.handle(counting, "good", 3);
      assertThat(notes(counting, "good")).isEqualTo(2);
    }
    BROKEN.set(Optional.empty());
    assertThat(kit.redrive(counting)).isEqualTo(1);
    kit.awaitWell(counting);
    assertThat(notes(counting, "bad")).isEqualTo(once ? 2 : 1);
  }
}
