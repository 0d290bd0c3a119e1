package org.perille.internal.publish;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.perille.Receipt;

/**
 * A message from the caller's thread to the actor that sends it.
 *
 * <p>Either the actor takes it, or the caller withdraws it. An error on the caller's thread doesn't
 * show whether the actor has it. The one that owns it releases its space in the buffer.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class Submission {
  private enum State {
    UNDER_WAY,
    TAKEN,
    WITHDRAWN
  }

  private final int partition;
  private final PendingPublish<CompletableFuture<Receipt>> pending;
  private final AtomicReference<State> state = new AtomicReference<>(State.UNDER_WAY);

  public Submission(int partition, PendingPublish<CompletableFuture<Receipt>> pending) {
    this.partition = partition;
    this.pending = pending;
  }

  /** Returns the partition of the message's topic. */
  public int partition() {
    return partition;
  }

  /** Returns the message, and the promise that notifies its publisher. */
  public PendingPublish<CompletableFuture<Receipt>> pending() {
    return pending;
  }

  /** Takes it from the caller. Returns false if the caller has withdrawn it. */
  public boolean take() {
    return state.compareAndSet(State.UNDER_WAY, State.TAKEN);
  }

  /** Withdraws it from the actor. Returns false if the actor has taken it. */
  boolean withdraw() {
    return state.compareAndSet(State.UNDER_WAY, State.WITHDRAWN);
  }
}
