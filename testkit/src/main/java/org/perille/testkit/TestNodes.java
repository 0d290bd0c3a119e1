package org.perille.testkit;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The node of a kit, and after each crash the next one.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. A request for the node during a crash
 * waits for the next one.
 */
final class TestNodes implements AutoCloseable {
  private final Supplier<TestNode> starting;
  private volatile CompletableFuture<TestNode> node = new CompletableFuture<>();
  private boolean closed;

  TestNodes(Supplier<TestNode> starting) {
    this.starting = starting;
  }

  void start() {
    try {
      node.complete(starting.get());
    } catch (RuntimeException e) {
      node.completeExceptionally(e);
      throw e;
    }
  }

  /** Returns whether the node is the current one, and no crash of it has been requested. */
  boolean isCurrent(TestNode candidate) {
    CompletableFuture<TestNode> latest = node;
    return latest.isDone() && latest.join() == candidate;
  }

  /** Waits until the node runs. */
  void awaitRunning() {
    node.join();
  }

  /** Returns the node. Waits for the next one after a crash. */
  TestNode current() {
    return node.join();
  }

  /** Crashes the node and starts the next one, for which {@link #current} waits. */
  synchronized void crash() {
    if (!closed) {
      node =
          node.thenApplyAsync(
              old -> {
                old.crash();
                return starting.get();
              },
              task -> new Thread(task, "perille-testkit-crash").start());
    }
  }

  /**
   * Crashes the node like {@link #crash()}, from one of its own threads.
   *
   * @return the exception that ends the thread's handler
   */
  HandlerProbe.CrashedException crashFromHandler() {
    TestNode old = current();
    crash();
    old.awaitEnd();
    return new HandlerProbe.CrashedException();
  }

  @Override
  public void close() {
    CompletableFuture<TestNode> last;
    synchronized (this) {
      closed = true;
      last = node;
    }
    last.handle((running, failure) -> Optional.ofNullable(running))
        .join()
        .ifPresent(TestNode::crash);
  }
}
