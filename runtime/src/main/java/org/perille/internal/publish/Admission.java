package org.perille.internal.publish;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.internal.Pure;

/**
 * The limit of a publisher's messages in memory, by number and bytes.
 *
 * <p>It covers the time from the call of {@code publish} until the outcome is known. Safe for use
 * by any number of threads.
 */
@Pure
public final class Admission {
  private final long maxMessages;
  private final long maxBytes;
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final ConcurrentLinkedQueue<CompletableFuture<Void>> waiting =
      new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  public Admission(long maxMessages, long maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  /** Admits a message, unless it exceeds a limit. */
  public boolean tryAdmit(long size) {
    if (messages.incrementAndGet() > maxMessages) {
      messages.decrementAndGet();
      return false;
    }
    if (bytes.addAndGet(size) > maxBytes) {
      bytes.addAndGet(-size);
      messages.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Admits a message even over the limits. Callers of {@link #tryAdmit} then wait longer. */
  public void admit(long size) {
    messages.incrementAndGet();
    bytes.addAndGet(size);
  }

  /** Releases the space of messages. */
  public void release(long releasedMessages, long releasedBytes) {
    messages.addAndGet(-releasedMessages);
    bytes.addAndGet(-releasedBytes);
    wakeWaiting();
  }

  /**
   * Completes when an attempt to admit is worthwhile. Meant for few waiters with one message each.
   */
  public CompletionStage<Void> whenRoom() {
    CompletableFuture<Void> room = new CompletableFuture<>();
    waiting.add(room);
    if (closed || (messages.get() < maxMessages && bytes.get() < maxBytes)) {
      // A release before this waiter was added would wake no waiter.
      wakeWaiting();
    }
    return room;
  }

  private void wakeWaiting() {
    Optional<CompletableFuture<Void>> next = Optional.ofNullable(waiting.poll());
    while (next.isPresent()) {
      next.get().complete(null);
      next = Optional.ofNullable(waiting.poll());
    }
  }

  /** Refuses all further messages. */
  public void close() {
    closed = true;
    wakeWaiting();
  }

  public boolean isClosed() {
    return closed;
  }

  /** Returns the use of the limits as human-readable text. */
  @Override
  public String toString() {
    return "%d of %d messages and %d of %d bytes"
        .formatted(messages.get(), maxMessages, bytes.get(), maxBytes);
  }
}
