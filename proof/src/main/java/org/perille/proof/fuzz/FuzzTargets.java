package org.perille.proof.fuzz;

import com.typesafe.config.ConfigFactory;
import java.util.List;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.perille.proof.delivery.CursorTarget;

/** All targets, and the actor system of their serializers. */
public final class FuzzTargets implements AutoCloseable {
  /** The actor system of the targets' serializers. It sends and receives nothing. */
  private final ActorSystem<Void> system =
      ActorSystem.create(
          Behaviors.empty(),
          "fuzz",
          ConfigFactory.parseString(
                  """
                  pekko { loggers = [], loglevel = OFF, stdout-loglevel = OFF, actor.provider = local }
                  """)
              .withFallback(ConfigFactory.load()));

  private final List<FuzzTarget> all =
      List.of(
          new WireTarget(system),
          new CursorTarget(),
          new PayloadTarget(system),
          new NamesTarget(),
          new DecompressionTarget(),
          new OptionsTarget(),
          new SettingsTarget());

  /** Returns all targets. */
  public List<FuzzTarget> all() {
    return all;
  }

  /**
   * Returns the target with this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public FuzzTarget named(String name) {
    return all.stream()
        .filter(target -> target.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no fuzz target is called '%s': use one of %s"
                        .formatted(name, all.stream().map(FuzzTarget::name).toList())));
  }

  @Override
  public void close() {
    system.terminate();
  }
}
