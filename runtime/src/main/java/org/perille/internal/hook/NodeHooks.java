package org.perille.internal.hook;

import org.apache.pekko.actor.setup.Setup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Definition;
import org.perille.NodeOptions;

/**
 * The hooks of the nodes of one Perille, as a part of the setup of their actor systems.
 *
 * <p>A node that was downed and the next one have the same, so that one thread calls a listener.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class NodeHooks extends Setup {
  private volatile Hooks hooks = Hooks.NONE;

  /** Takes the hooks from the options among these definitions. Called before a node starts. */
  public void register(Definition... definitions) {
    for (Definition definition : definitions) {
      if (definition instanceof NodeOptions options) {
        hooks = Hooks.of(options);
      }
    }
  }

  /** Returns the hooks. */
  public Hooks get() {
    return hooks;
  }

  /** Returns the hooks of an actor system; none if its setup has none. */
  public static Hooks of(ActorSystem<?> system) {
    return system.settings().setup().get(NodeHooks.class).map(NodeHooks::get).orElse(Hooks.NONE);
  }
}
