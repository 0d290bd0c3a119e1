package org.perille.internal.failure;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.perille.internal.Pure;

/**
 * The worker's side of its failure log: applies events at once and tracks which are durable.
 *
 * <p>{@link #record} changes the state immediately. An action that must not happen before the
 * events are durable waits with {@link #whenDurable}, which causes a write soon, or with {@link
 * #onceDurable}, which waits for a later write. At most one write is under way. Events that are
 * recorded meanwhile become the next write.
 *
 * <p><b>Threading</b>: used by the worker alone.
 *
 * @param <W> the type of the waiting actions
 */
@Pure
public final class FailureJournal<W> {
  private record Waiting<W>(long changes, W what) {}

  private final FailureState failures;
  private final Consumer<List<FailureEvent>> write;
  private final Consumer<W> carryOut;
  private final ArrayDeque<Waiting<W>> waiting = new ArrayDeque<>();
  private List<FailureEvent> next = new ArrayList<>();
  private Set<Long> nextResolved = new HashSet<>();
  private Set<Long> writtenResolved = Set.of();
  private Set<Long> moved;
  private long recorded;
  private long awaited;
  private long discarded;
  private long underWay;
  private long durable;

  /**
   * Creates the journal of a worker that has recovered.
   *
   * @param write makes events durable; the caller then calls {@link #saved}
   * @param carryOut executes the waiting actions, in the order in which they were added
   */
  public FailureJournal(
      FailureState failures, Consumer<List<FailureEvent>> write, Consumer<W> carryOut) {
    this.failures = failures;
    this.write = write;
    this.carryOut = carryOut;
    this.moved = new HashSet<>(failures.unhandled());
  }

  /** Returns the current state, including events that aren't durable yet. */
  public FailureState failures() {
    return failures;
  }

  /** Applies an event and adds it to the next write. */
  public void record(FailureEvent change) {
    noteMoved(change);
    failures.apply(change);
    next.add(change);
    recorded++;
    if (change instanceof FailureEvent.Resolved resolved) {
      nextResolved.add(resolved.offset());
    } else if (change instanceof FailureEvent.Discarded letters) {
      discarded = recorded;
      nextResolved.addAll(letters.offsets());
    }
  }

  private void noteMoved(FailureEvent change) {
    if (change instanceof FailureEvent.Deferred deferred) {
      moved.add(deferred.position().offset());
    } else if (change instanceof FailureEvent.Failed failed) {
      moved.add(failed.position().offset());
    } else if (change instanceof FailureEvent.Interrupted interrupted) {
      moved.add(interrupted.position().offset());
    } else if (change instanceof FailureEvent.GivenUp givenUp) {
      moved.add(givenUp.position().offset());
    } else if (change instanceof FailureEvent.Resolved resolved) {
      moved.add(resolved.offset());
    } else if (change instanceof FailureEvent.Redriven redriven) {
      moved.addAll(redriven.offsets());
    } else if (change instanceof FailureEvent.Discarded letters) {
      moved.addAll(letters.offsets());
    } else if (change instanceof FailureEvent.GenerationBegun) {
      moved.addAll(failures.unhandled());
    }
  }

  /**
   * Executes an action when all events recorded so far are durable, and requests a write. Actions
   * run in the order in which they were added.
   */
  public void whenDurable(W what) {
    awaited = recorded;
    onceDurable(what);
  }

  /**
   * Executes an action when all events recorded so far are durable, without requesting a write.
   * This lets many failures share one write. Actions run in the order in which they were added.
   */
  public void onceDurable(W what) {
    if (durable == recorded && waiting.isEmpty()) {
      carryOut.accept(what);
    } else {
      waiting.add(new Waiting<>(recorded, what));
    }
  }

  /** Returns whether all recorded events are durable. */
  public boolean isDurable() {
    return durable == recorded;
  }

  /**
   * Returns whether a discard of dead letters is recorded and not durable yet. Until it is durable
   * nothing may overtake it: after a crash the dead letters could come back and be redriven.
   */
  public boolean isDiscarding() {
    return discarded > durable;
  }

  /** Returns whether the end of a message (done or discarded) is recorded and not durable yet. */
  public boolean isResolving(long offset) {
    return nextResolved.contains(offset) || writtenResolved.contains(offset);
  }

  /**
   * Returns whether an offset isn't durably handled, although a cursor may have passed it. It is
   * deferred, a dead letter, or its end isn't durable yet.
   */
  public boolean isUnsettled(long offset) {
    return failures.knows(offset) || isResolving(offset);
  }

  /**
   * Returns the offsets for which {@link #isUnsettled} may have changed since the last call. The
   * first call returns all unsettled offsets.
   */
  public Set<Long> takeMoved() {
    Set<Long> taken = moved;
    moved = new HashSet<>();
    return taken;
  }

  /**
   * Starts a write if an action requested one with {@link #whenDurable}.
   *
   * @return whether recorded events remain to be written later
   */
  public boolean flushAwaited() {
    if (awaited > durable + underWay) {
      flush();
    }
    return !next.isEmpty();
  }

  /** Starts a write of all recorded events, unless one is under way. */
  public void flush() {
    if (underWay == 0 && !next.isEmpty()) {
      List<FailureEvent> changes = next;
      next = new ArrayList<>();
      writtenResolved = nextResolved;
      nextResolved = new HashSet<>();
      underWay = changes.size();
      write.accept(changes);
    }
  }

  /**
   * Notes that the write under way is durable. Executes the actions that waited for it and starts
   * the next requested write.
   */
  public void saved() {
    durable += underWay;
    underWay = 0;
    moved.addAll(writtenResolved);
    writtenResolved = Set.of();
    while (!waiting.isEmpty() && waiting.peek().changes <= durable) {
      carryOut.accept(waiting.poll().what);
    }
    flushAwaited();
  }
}
