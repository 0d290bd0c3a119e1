package org.perille.sharding.internal.bootstrap;

import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.internal.hook.Listeners;
import org.perille.internal.hook.NodeHooks;

/** Reports the life of a node to its listeners. */
final class NodeReports {
  private NodeReports() {}

  /** Reports that a node has started, and later that it was downed, if it is. */
  static void report(ActorSystem<?> system) {
    Listeners listeners = NodeHooks.of(system).listeners();
    if (listeners.areNone()) {
      return;
    }
    String address = system.address().toString();
    listeners.report(() -> listener -> listener.nodeStarted(address));
    system
        .getWhenTerminated()
        .thenRun(
            () -> {
              if (Lifecycle.isDowned(CoordinatedShutdown.get(system).getShutdownReason())) {
                listeners.report(() -> listener -> listener.nodeDowned(address));
              }
            });
  }
}
