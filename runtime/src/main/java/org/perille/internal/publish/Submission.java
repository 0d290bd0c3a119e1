package org.perille.internal.publish;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.perille.Receipt;

/**
 * A message on its way from the caller's thread to the actor that sends it.
 *
 * <p>Either the actor takes it, or the caller withdraws it: an error on the caller's thread doesn't
 * tell whether the actor has it. Whoever owns it gives its room in the buffer back.
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
  private final Pending<CompletableFuture<Receipt>> pending;
  private final AtomicReference<State> state = new AtomicReference<>(State.UNDER_WAY);

  public Submission(int partition, Pending<CompletableFuture<Receipt>> pending) {
    this.partition = partition;
    this.pending = pending;
  }

  /** The partition of the message's topic. */
  public int partition() {
    return partition;
  }

  /** The message, and what tells its publisher. */
  public Pending<CompletableFuture<Receipt>> pending() {
    return pending;
  }

  /** Takes it over from the caller; returns false if the caller has withdrawn it. */
  public boolean take() {
    return state.compareAndSet(State.UNDER_WAY, State.TAKEN);
  }

  /** Takes it back from the actor; returns false if the actor has taken it over. */
  boolean withdraw() {
    return state.compareAndSet(State.UNDER_WAY, State.WITHDRAWN);
  }
}
