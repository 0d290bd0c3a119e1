package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Definition;
import org.perille.Perille;
import org.perille.spi.Engine;

/** Runs Perille in a Pekko cluster. */
public final class ClusterEngine implements Engine {

  @Override
  public Perille create(Config config, Definition... definitions) {
    return RestartingPerille.create(config, definitions);
  }

  @Override
  public Perille get(ActorSystem<?> system) {
    return PerilleNode.get(system).owner();
  }
}
