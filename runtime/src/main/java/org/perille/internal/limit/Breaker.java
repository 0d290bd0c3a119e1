package org.perille.internal.limit;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import org.perille.CircuitBreaker;
import org.perille.PerilleListener.BreakerState;
import org.perille.internal.Pure;

/**
 * A circuit breaker with the states closed, open and half open.
 *
 * <p>Each run gets a ticket when it begins. Its outcomes count only in the state in which it began.
 * A run that began before the breaker opened therefore neither closes it nor replaces the probe.
 */
@Pure
final class Breaker {
  /** The state change that the end of a run has caused. */
  enum Change {
    NONE,
    OPENED,
    CLOSED
  }

  private sealed interface State {}

  /** The closed state: a ring with the latest outcomes. */
  private static final class Closed implements State {
    private final BitSet failed;
    private final int window;
    private int next;
    private int seen;
    private int failures;

    Closed(int window) {
      this.window = window;
      this.failed = new BitSet(window);
    }

    void add(boolean failure) {
      if (seen < window) {
        seen++;
      } else if (failed.get(next)) {
        failures--;
      }
      failed.set(next, failure);
      if (failure) {
        failures++;
      }
      next = (next + 1) % window;
    }

    boolean isTooMuch(double share) {
      // A division, because 0.7 * 10 may be more than 7.
      return seen == window && (double) failures / window >= share;
    }
  }

  private record Open(int failures, long probeAtNanos) implements State {}

  private record HalfOpen(int failures, boolean probing) implements State {}

  private final CircuitBreaker settings;
  private State state;
  private long ticket;

  Breaker(CircuitBreaker settings) {
    this.settings = settings;
    this.state = new Closed(settings.window());
  }

  BreakerState state() {
    if (state instanceof Open) {
      return BreakerState.OPEN;
    }
    return state instanceof HalfOpen ? BreakerState.HALF_OPEN : BreakerState.CLOSED;
  }

  /** Returns the number of messages that may begin now. */
  int room(long nowNanos) {
    if (state instanceof Open open) {
      return open.probeAtNanos - nowNanos <= 0 ? 1 : 0;
    }
    if (state instanceof HalfOpen halfOpen) {
      return halfOpen.probing ? 0 : 1;
    }
    return Integer.MAX_VALUE;
  }

  /**
   * Returns the time until a message may begin; {@link Long#MAX_VALUE} while a probe is under way.
   */
  long nanosUntilRoom(long nowNanos) {
    if (state instanceof Open open) {
      return Math.max(0, open.probeAtNanos - nowNanos);
    }
    return room(nowNanos) > 0 ? 0 : Long.MAX_VALUE;
  }

  /**
   * Begins a run and returns its ticket. A probe must be of one message.
   *
   * @throws IllegalStateException if nothing may begin now
   */
  long begin(long nowNanos) {
    if (room(nowNanos) == 0) {
      throw new IllegalStateException("a run began although the circuit breaker was open");
    }
    if (!(state instanceof Closed)) {
      ticket++;
      state = new HalfOpen(failures(), true);
    }
    return ticket;
  }

  Change end(long itsTicket, int succeeded, int failed, long nowNanos) {
    if (itsTicket != ticket) {
      return Change.NONE;
    }
    if (state instanceof Closed closed) {
      return endInClosed(closed, succeeded, failed, nowNanos);
    }
    return state instanceof HalfOpen ? endOfProbe(succeeded, failed, nowNanos) : Change.NONE;
  }

  private Change endInClosed(Closed closed, int succeeded, int failed, long nowNanos) {
    for (int i = 0; i < succeeded; i++) {
      closed.add(false);
    }
    for (int i = 0; i < failed; i++) {
      closed.add(true);
      if (closed.isTooMuch(settings.failureShare())) {
        open(closed.failures, nowNanos);
        return Change.OPENED;
      }
    }
    return Change.NONE;
  }

  private Change endOfProbe(int succeeded, int failed, long nowNanos) {
    if (failed > 0) {
      open(failures(), nowNanos);
      return Change.NONE;
    }
    ticket++;
    if (succeeded > 0) {
      state = new Closed(settings.window());
      return Change.CLOSED;
    }
    state = new HalfOpen(failures(), false);
    return Change.NONE;
  }

  private void open(int failures, long nowNanos) {
    ticket++;
    state = new Open(failures, nowNanos + settings.probeAfter().toNanos());
  }

  private int failures() {
    if (state instanceof Open open) {
      return open.failures;
    }
    return state instanceof HalfOpen halfOpen ? halfOpen.failures : ((Closed) state).failures;
  }

  /** Returns the reason for which nothing may begin. */
  String describe(long nowNanos) {
    String before = "%d of %d attempts had failed".formatted(failures(), settings.window());
    if (state instanceof HalfOpen) {
      return "its circuit breaker is half open: %s; a probe is under way".formatted(before);
    }
    return "its circuit breaker is open: %s; a probe is due in %s"
        .formatted(
            before, Duration.ofNanos(nanosUntilRoom(nowNanos)).truncatedTo(ChronoUnit.MILLIS));
  }
}
