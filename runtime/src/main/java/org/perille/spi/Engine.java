package org.perille.spi;

import com.typesafe.config.Config;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Definition;
import org.perille.Perille;

/**
 * The implementation behind {@link Perille}, found through {@link java.util.ServiceLoader}: {@code
 * perille-sharding} has one.
 */
public interface Engine {

  /** Creates a node that isn't started. See {@link Perille#create}. */
  Perille create(Config config, Definition... definitions);

  /** Returns the node of an actor system. See {@link Perille#get}. */
  Perille get(ActorSystem<?> system);
}
