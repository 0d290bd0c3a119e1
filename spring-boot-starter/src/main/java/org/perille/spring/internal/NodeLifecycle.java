package org.perille.spring.internal;

import java.util.List;
import java.util.function.Supplier;
import org.perille.Definition;
import org.perille.Perille;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Starts and stops the node with its application.
 *
 * <p>It starts before the web server, and stops when the web server has. So requests can publish as
 * long as they are accepted. Other components have a later phase by default, and stop before it.
 */
public final class NodeLifecycle implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLifecycle.class);

  /** Before that of web servers, which is {@code DEFAULT_PHASE - 2048}. */
  static final int PHASE = DEFAULT_PHASE - 3072;

  private final Perille perille;
  private final Supplier<List<Definition>> definitions;
  private final Runnable afterwards;
  private volatile boolean running;

  /**
   * Creates the lifecycle of a node.
   *
   * @param definitions are registered at the start: subscriptions, so that handlers may need
   *     publishers, and outboxes
   * @param afterwards is run when the node has stopped
   */
  public NodeLifecycle(
      Perille perille, Supplier<List<Definition>> definitions, Runnable afterwards) {
    this.perille = perille;
    this.definitions = definitions;
    this.afterwards = afterwards;
  }

  @Override
  public void start() {
    perille.register(definitions.get().toArray(Definition[]::new));
    perille.start();
    running = true;
  }

  @Override
  public void stop() {
    perille.close();
    ended();
  }

  @Override
  public void stop(Runnable callback) {
    perille
        .stop()
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.warn("The node hasn't stopped in order", failure);
              }
              ended();
              callback.run();
            });
  }

  private void ended() {
    running = false;
    afterwards.run();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Returns false: a node that was stopped can't start again. */
  @Override
  public boolean isPauseable() {
    return false;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
