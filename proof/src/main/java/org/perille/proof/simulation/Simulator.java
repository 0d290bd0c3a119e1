package org.perille.proof.simulation;

import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.perille.proof.chain.ChainWorld;
import org.perille.proof.delivery.DeliveryWorld;
import org.perille.proof.delivery.StorageWorld;
import org.perille.proof.transaction.TransactionWorld;

/**
 * Runs simulations by their seeds, and explains those that fail.
 *
 * <p><b>Threading</b>: any thread.
 */
public final class Simulator implements AutoCloseable {
  /** All worlds. */
  public static final List<World> WORLDS =
      List.of(new DeliveryWorld(), new ChainWorld(), new StorageWorld(), new TransactionWorld());

  private static final long SHRINK_SECONDS = 30;

  private final ActorSystem<Void> system =
      ActorSystem.create(
          Behaviors.empty(),
          "simulation",
          ConfigFactory.parseString("pekko { loglevel = OFF, stdout-loglevel = OFF }")
              .withFallback(ConfigFactory.load()));

  /** Runs a seed. */
  public SimulatedRun run(World world, long seed) {
    return SimulatedRun.of(world, Choices.of(seed), world.steps(), system, false);
  }

  /** Runs a seed, and records its events as lines. */
  public SimulatedRun tell(World world, long seed) {
    return SimulatedRun.of(world, Choices.of(seed), world.steps(), system, true);
  }

  /**
   * Returns the shortest run that fails in the same way as a seed. Empty if the seed doesn't fail.
   */
  public Optional<SimulatedRun> shrink(World world, long seed) {
    Choices choices = Choices.of(seed);
    SimulatedRun whole = SimulatedRun.of(world, choices, world.steps(), system, false);
    return whole
        .failure()
        .map(
            failure -> {
              Shrinker.Failing shortest =
                  Shrinker.shrink(
                      new Shrinker.Failing(choices.taken(), world.steps()),
                      (given, steps) ->
                          SimulatedRun.of(world, Choices.of(given), steps, system, false)
                              .failure()
                              .map(Simulator::wayOf),
                      wayOf(failure),
                      SHRINK_SECONDS);
              return SimulatedRun.of(
                  world, Choices.of(shortest.choices), shortest.steps, system, true);
            });
  }

  /** Returns the kind of a failure. Failures that differ only in numbers have the same kind. */
  static String wayOf(String failure) {
    List<String> lines = failure.lines().filter(line -> !line.isBlank()).limit(2).toList();
    String telling =
        lines.size() > 1 && lines.get(0).startsWith("NOT GOOD")
            ? lines.get(1).replaceFirst(":.*", "")
            : lines.get(0);
    String way = telling.replaceAll("[0-9]+", "#");
    return way.substring(0, Math.min(80, way.length()));
  }

  @Override
  public void close() {
    system.terminate();
  }
}
