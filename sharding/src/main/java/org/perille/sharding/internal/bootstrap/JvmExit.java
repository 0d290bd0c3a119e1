package org.perille.sharding.internal.bootstrap;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of the JVM, as it concerns a node: stops the node when the JVM exits, and makes it exit.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class JvmExit {
  private static final Logger LOG = LoggerFactory.getLogger(JvmExit.class);

  /** Longer than all phases of a shutdown together; an orchestrator kills the process earlier. */
  private static final long TIMEOUT_SECONDS = 120;

  private final boolean stops;
  private final Thread hook;

  /**
   * Creates an instance that does nothing yet.
   *
   * @param stops whether to stop the node when the JVM exits
   * @param stop stops the node
   */
  JvmExit(boolean stops, Supplier<CompletionStage<Done>> stop) {
    this.stops = stops;
    this.hook = new Thread(() -> stopInTime(stop), "perille-jvm-exit");
  }

  /**
   * From now on stops the node when the JVM exits.
   *
   * @throws IllegalStateException if it is exiting
   */
  void watch() {
    if (stops) {
      Runtime.getRuntime().addShutdownHook(hook);
    }
  }

  /** Leaves the node alone when the JVM exits. */
  void forget() {
    try {
      boolean ignored = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.debug("The JVM is exiting", e);
    }
  }

  private static void stopInTime(Supplier<CompletionStage<Done>> stop) {
    LOG.info("The JVM exits, and this node stops");
    try {
      stop.get().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("This node hasn't stopped in order", e);
    }
  }

  /** Makes the JVM exit. Returns at once. */
  void exit(int code) {
    LOG.error(
        "The JVM exits with code {}, as perille.cluster.when-downed says, so that it is started again",
        code);
    new Thread(() -> System.exit(code), "perille-exit").start();
  }
}
