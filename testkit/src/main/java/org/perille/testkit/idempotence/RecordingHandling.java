package org.perille.testkit.idempotence;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.Subscription;
import org.perille.internal.effect.KeyBehavior;
import org.perille.spi.Processing;
import org.perille.testkit.idempotence.Disturbance.Kind;
import org.perille.testkit.idempotence.Durable.Recorded;
import org.perille.testkit.idempotence.Step.Where;

/**
 * Handlers whose results are stored: event-sourced ones, publishing ones, calls with stored
 * results.
 *
 * <p>The durable state is a key's results; the state follows from them.
 */
final class RecordingHandling<T> implements Handling<T> {
  private final Subscription<T> subscription;
  private final KeyBehavior<T> logic;
  private final World world;
  private final HandlerRun run;
  private final Map<String, Object> states = new HashMap<>();

  RecordingHandling(Subscription<T> subscription, World world) {
    this.subscription = subscription;
    this.logic = KeyBehavior.of(Processing.of(subscription));
    this.world = world;
    this.run = world.run();
    world.durable().replayBy(this::replay);
  }

  /** Restores the state of a key from its stored results. */
  private Object replay(List<Recorded> records) {
    if (!(Processing.of(subscription) instanceof Processing.EventSourced)) {
      return "(none)";
    }
    Object state = logic.emptyState();
    for (Recorded recorded : records) {
      for (Object event : recorded.effect().events()) {
        state = logic.apply(state, event);
      }
    }
    return state;
  }

  @Override
  public void run(Messages<T> messages, boolean again) throws Exception {
    for (long offset = world.durable().cursor(); offset < messages.size(); offset++) {
      run.steps().begin(offset);
      run.at("before the handler");
      String key = messages.delivery(subscription, offset, 1, again).key();
      List<Recorded> records = world.durable().of(key);
      if (records.isEmpty() || records.get(records.size() - 1).offset() < offset) {
        record(messages, offset, again, key);
      }
      publish(records.get(records.size() - 1));
      run.at("after all is stored and published, before the cursor is durable");
      world.durable().cursor(offset + 1);
      run.steps().pause();
    }
  }

  private void record(Messages<T> messages, long offset, boolean again, String key)
      throws Exception {
    Optional<Effect<?>> earlier = Optional.empty();
    for (int attempt = 1; ; attempt++) {
      Delivery<T> delivery = messages.delivery(subscription, offset, attempt, again);
      Object state = states.computeIfAbsent(key, unknown -> replay(world.durable().of(key)));
      try {
        Effect<?> effect = decide(state, delivery);
        earlier.ifPresent(before -> compare(delivery, before, effect));
        if (run.beforeWrite("after the handler, before its answer is stored") != Kind.FAILURE) {
          world.durable().of(key).add(new Recorded(offset, effect));
          run.at("its answer is stored, and the runtime has not received it");
          states.put(key, replay(world.durable().of(key)));
          return;
        }
        // Reads the result of the write from the journal again.
        states.remove(key);
        earlier = Optional.of(effect);
      } catch (Exception e) {
        run.requireAlive();
        if (attempt == MAX_ATTEMPTS) {
          throw new HandlingFailedException(offset, attempt, e);
        }
      }
    }
  }

  private void compare(Delivery<T> delivery, Effect<?> before, Effect<?> now) {
    String first = words(before);
    String second = words(now);
    if (!first.equals(second)) {
      world
          .durable()
          .contradiction(
              "asked again about %s in the same state, it answered %s instead of %s"
                  .formatted(delivery.payload(), second, first));
    }
  }

  private static String words(Effect<?> effect) {
    return "events %s, publications %s, reply %s"
        .formatted(
            effect.events(),
            effect.publications().stream().map(RecordingHandling::words).toList(),
            effect.reply().map(String::valueOf).orElse("none"));
  }

  /** Times depend on the clock, so another attempt may choose others. */
  private static String words(Effect.Publication<?> publication) {
    return publication.topic().name() + ": " + publication.payload();
  }

  private Effect<?> decide(Object state, Delivery<T> delivery) throws Exception {
    run.steps().enter(Where.HANDLER);
    CompletionStage<? extends Effect<?>> stage = logic.handle(state, delivery);
    Effect<?> effect = Stages.await(stage);
    run.requireAlive();
    run.steps().enter(Where.AFTER);
    if (effect == null) {
      throw new IllegalStateException("the handler returned null instead of an effect");
    }
    return effect;
  }

  private void publish(Recorded recorded) {
    int index = 0;
    for (Effect.Publication<?> publication : recorded.effect().publications()) {
      run.at("before message %d of what it publishes is durable".formatted(index + 1));
      world.durable().published().putIfAbsent(recorded.offset() + "/" + index, words(publication));
      index++;
    }
  }
}
