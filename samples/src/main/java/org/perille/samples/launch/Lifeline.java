package org.perille.samples.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pipe from the launcher to a node's standard input, which ties the node to its launcher. */
public final class Lifeline {
  private static final Logger LOG = LoggerFactory.getLogger(Lifeline.class);
  private static final int STOP = '.';

  private Lifeline() {}

  /**
   * Watches the launcher, in the node. Completes when the launcher stops the node.
   *
   * <p>If the standard input ends without that request, the launcher has died. The node then halts,
   * so that it neither continues beside its successor nor waits for anything.
   */
  public static CompletableFuture<Void> watch() {
    CompletableFuture<Void> stopRequest = new CompletableFuture<>();
    Thread watcher =
        new Thread(
            () -> {
              try {
                if (System.in.read() == STOP) {
                  stopRequest.complete(null);
                  return;
                }
              } catch (IOException e) {
                LOG.warn("The pipe from the launcher failed", e);
              }
              Runtime.getRuntime().halt(1);
            },
            "launcher-watch");
    watcher.setDaemon(true);
    watcher.start();
    return stopRequest;
  }

  /** Requests an orderly stop of a node's process, if it still runs. */
  public static void tellToStop(Process node) {
    try (OutputStream in = node.getOutputStream()) {
      in.write(STOP);
    } catch (IOException e) {
      LOG.info("Node with pid {} has stopped already", node.pid(), e);
    }
  }
}
