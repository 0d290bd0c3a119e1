package org.perille.samples.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What ties a node's process to its launcher: the pipe to the node's standard input. */
public final class Lifeline {
  private static final Logger LOG = LoggerFactory.getLogger(Lifeline.class);
  private static final int STOP = '.';

  private Lifeline() {}

  /**
   * Watches the launcher, in the node; completes when the node is told to stop.
   *
   * <p>When the standard input ends without that word the launcher has died, and a node must not go
   * on, or wait for anything, beside its successor: it halts.
   */
  public static CompletableFuture<Void> watch() {
    CompletableFuture<Void> toldToStop = new CompletableFuture<>();
    Thread watcher =
        new Thread(
            () -> {
              try {
                if (System.in.read() == STOP) {
                  toldToStop.complete(null);
                  return;
                }
              } catch (IOException e) {
                LOG.warn("The launcher can't be heard any more", e);
              }
              Runtime.getRuntime().halt(1);
            },
            "launcher-watch");
    watcher.setDaemon(true);
    watcher.start();
    return toldToStop;
  }

  /** Tells a node's process to stop in good order, if it still runs. */
  public static void tellToStop(Process node) {
    try (OutputStream in = node.getOutputStream()) {
      in.write(STOP);
    } catch (IOException e) {
      LOG.info("Node with pid {} has stopped already", node.pid(), e);
    }
  }
}
