package org.perille.testkit;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The node of a kit, and after each crash the next one.
 *
 * <p><b>Threading</b>: safe for use by any number of threads; who asks for the node while one
 * crashes waits for the next one.
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

  /** Whether no crash has been ordered since this was the node. */
  boolean isCurrent(TestNode candidate) {
    CompletableFuture<TestNode> latest = node;
    return latest.isDone() && latest.join() == candidate;
  }

  /** Waits until the node runs. */
  void awaitRunning() {
    node.join();
  }

  /** The node; waits for the next one after a crash. */
  TestNode current() {
    return node.join();
  }

  /** Ends the node, and starts the next one, which {@link #current} waits for. */
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

  /** {@link #crash()} for a thread of the node itself, which gets its end. */
  Watch.CrashedException crashFromHandler() {
    TestNode old = current();
    crash();
    old.awaitEnd();
    return new Watch.CrashedException();
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
