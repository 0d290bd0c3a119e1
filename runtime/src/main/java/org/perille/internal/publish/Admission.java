package org.perille.internal.publish;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds what a publisher holds in memory, in messages and in bytes, from the call of {@code
 * publish} until the outcome is known. Safe for use by any number of threads.
 */
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

  /** Admits a message, unless there are too many, or too many bytes of them. */
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

  /** Admits a message whether or not there is room; those that ask wait for longer. */
  public void admit(long size) {
    messages.incrementAndGet();
    bytes.addAndGet(size);
  }

  /** Makes room again. */
  public void release(long releasedMessages, long releasedBytes) {
    messages.addAndGet(-releasedMessages);
    bytes.addAndGet(-releasedBytes);
    wakeWaiting();
  }

  /** Completes when it is worth trying again. Meant for few waiters, each with one message. */
  public CompletionStage<Void> whenRoom() {
    CompletableFuture<Void> room = new CompletableFuture<>();
    waiting.add(room);
    if (closed || (messages.get() < maxMessages && bytes.get() < maxBytes)) {
      // What was released before this waiter was seen would wake nobody.
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

  /** From now on nothing is to be published. */
  public void close() {
    closed = true;
    wakeWaiting();
  }

  public boolean isClosed() {
    return closed;
  }

  /** For people: how full it is. */
  @Override
  public String toString() {
    return "%d of %d messages and %d of %d bytes"
        .formatted(messages.get(), maxMessages, bytes.get(), maxBytes);
  }
}
