package org.perille.internal.failure;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A worker's side of its failure log: what is true, and when it is durable. What is recorded is
 * true at once; whatever must not happen before it is durable waits with {@link #whenDurable}, or
 * with {@link #onceDurable} if nobody is held up by it. What was recorded while a write is under
 * way becomes the next write.
 *
 * <p><b>Threading</b>: used by the worker alone.
 *
 * @param <W> describes what waits
 */
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
   * The side of a worker that has recovered.
   *
   * @param write makes changes durable; then {@link #saved} is to be called
   * @param carryOut takes what has waited, in the order in which it began to wait
   */
  public FailureJournal(
      FailureState failures, Consumer<List<FailureEvent>> write, Consumer<W> carryOut) {
    this.failures = failures;
    this.write = write;
    this.carryOut = carryOut;
    this.moved = new HashSet<>(failures.unhandled());
  }

  /** Returns the failures as they are, whether or not that is durable. */
  public FailureState failures() {
    return failures;
  }

  /** Something has happened. */
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

  /** Carries something out, in turn, when everything recorded by now is durable: soon. */
  public void whenDurable(W what) {
    awaited = recorded;
    onceDurable(what);
  }

  /**
   * Carries something out, in turn, when everything recorded by now is durable, which need not be
   * soon: many failures become one write.
   */
  public void onceDurable(W what) {
    if (durable == recorded && waiting.isEmpty()) {
      carryOut.accept(what);
    } else {
      waiting.add(new Waiting<>(recorded, what));
    }
  }

  /** Returns whether everything that was recorded is durable. */
  public boolean isDurable() {
    return durable == recorded;
  }

  /**
   * Returns whether it isn't durable yet that dead letters are discarded. Until then nothing may
   * overtake them: they could come back, and be redriven.
   */
  public boolean isDiscarding() {
    return discarded > durable;
  }

  /** Returns whether it isn't durable yet that a deferred message is done, or discarded. */
  public boolean isResolving(long offset) {
    return nextResolved.contains(offset) || writtenResolved.contains(offset);
  }

  /**
   * Returns whether an offset must not be taken for handled, although a cursor may have passed it:
   * it is deferred or given up, or isn't durably done.
   */
  public boolean isUnsettled(long offset) {
    return failures.knows(offset) || isResolving(offset);
  }

  /**
   * Returns the offsets of which {@link #isUnsettled} may have changed since this was called
   * before; at first, all that are unsettled.
   */
  public Set<Long> takeMoved() {
    Set<Long> taken = moved;
    moved = new HashSet<>();
    return taken;
  }

  /**
   * Begins to make durable what a caller waits for, and all that was recorded with it.
   *
   * @return whether something is left that is to be flushed some time
   */
  public boolean flushAwaited() {
    if (awaited > durable + underWay) {
      flush();
    }
    return !next.isEmpty();
  }

  /** Begins to make durable what was recorded, unless a write is under way. */
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

  /** The write that was under way is done. */
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
