package org.perille.testkit.idempotence;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Handles messages in a new world, with as many lives as necessary. */
final class Trial<T> {
  /**
   * The limit of lives: one for the crash, one that continues, and some for handlers that always
   * fail.
   */
  private static final int MAX_RUNS = 5;

  private final Handling.Subscriber<T> subscriber;
  private final Consumer<World> preparation;
  private final Optional<Function<World, ? extends Iterable<?>>> effect;
  private final boolean callsAreEffects;

  /**
   * Creates trials of a subscription.
   *
   * @param callsAreEffects true if calls of the outside belong to the effect
   */
  Trial(
      Handling.Subscriber<T> subscriber,
      Consumer<World> preparation,
      Optional<Function<World, ? extends Iterable<?>>> effect,
      boolean callsAreEffects) {
    this.callsAreEffects = callsAreEffects;
    this.subscriber = subscriber;
    this.preparation = preparation;
    this.effect = effect;
  }

  /** Handles the messages once, with a disturbance. */
  TrialOutcome run(Messages<T> messages, Disturbance disturbance) {
    Steps steps = new Steps(disturbance);
    World world = new World(new HandlerRun(steps));
    try {
      preparation.accept(world);
      Optional<HandlingFailedException> failure = live(world, steps, messages);
      steps.pause();
      // The effect of a handler that fails without a fault isn't compared.
      boolean compared = failure.isEmpty() || steps.isDisturbed();
      return new TrialOutcome(
          compared ? effect(world, steps) : List.of(),
          steps.done(),
          steps.isDisturbed(),
          world.durable().contradictions(),
          world.durable().topics(),
          failure);
    } finally {
      close(world);
    }
  }

  /**
   * Runs lives until everything is handled.
   *
   * @return the reason if that is impossible
   */
  private Optional<HandlingFailedException> live(World world, Steps steps, Messages<T> messages) {
    for (int run = 1; run <= MAX_RUNS; run++) {
      if (run > 1) {
        steps.pause();
        world.live(new HandlerRun(steps));
      }
      try {
        Handling.of(subscriber.subscribe(world), world, subscriber).run(messages, run > 1);
        return Optional.empty();
      } catch (HandlingFailedException e) {
        return Optional.of(e);
      } catch (SimulatedCrash e) {
        end(world);
      } catch (Exception e) {
        if (!world.run().isDead()) {
          return Optional.of(
              new HandlingFailedException("the messages could not be handled: " + e, e));
        }
        end(world);
      }
    }
    return Optional.of(
        new HandlingFailedException(
            "the messages were not handled in " + MAX_RUNS + " lives", null));
  }

  private List<String> effect(World world, Steps steps) {
    List<String> pieces = new ArrayList<>();
    if (effect.isPresent()) {
      effect.get().apply(world).forEach(piece -> pieces.add(String.valueOf(piece)));
    }
    world.states().forEach(state -> pieces.add("state of key " + state));
    world.published().forEach(message -> pieces.add("published to " + message));
    world.durable().replies().forEach(reply -> pieces.add("reply to " + reply));
    if (callsAreEffects) {
      for (Step step : steps.done()) {
        if (step.action() instanceof Step.Outside outside) {
          pieces.add("call " + outside.words());
        }
      }
    }
    return pieces;
  }

  private static void end(World world) {
    try {
      world.run().end();
    } catch (SQLException e) {
      throw new IllegalStateException("a crashed run's connections could not be closed", e);
    }
  }

  static void close(World world) {
    try {
      world.close();
    } catch (SQLException e) {
      throw new IllegalStateException("the database of a run could not be closed", e);
    }
  }
}
