package org.perille.internal.worker;

import java.util.LinkedHashMap;
import java.util.Map;
import org.perille.internal.failure.UserCode;

/**
 * Limits stack traces in the log: one of each kind of failure per interval.
 *
 * <p>Otherwise an unavailable dependency, or a thousand bad messages, would fill the log with
 * copies of one stack trace.
 */
final class StackTraceLimiter {
  private static final long INTERVAL_MILLIS = 10_000;
  private static final int KINDS = 32;

  /** A kind of failure: the class of the error and the place that threw it. */
  private record Kind(Class<?> error, StackTraceElement place) {
    private static final StackTraceElement NOWHERE = new StackTraceElement("", "", null, -1);

    static Kind of(Throwable failure) {
      StackTraceElement[] places = UserCode.stackOf(failure);
      return new Kind(failure.getClass(), places.length == 0 ? NOWHERE : places[0]);
    }
  }

  private final Map<Kind, Long> shown =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Kind, Long> eldest) {
          return size() > KINDS;
        }
      };

  /**
   * Returns whether to log the stack trace: for the first failure of a kind, and again after ten
   * seconds.
   */
  boolean isWorthShowing(Throwable failure, long nowMillis) {
    Kind kind = Kind.of(failure);
    Long before = shown.get(kind);
    // A clock that was set back must not suppress stack traces.
    if (before != null && nowMillis >= before && nowMillis - before < INTERVAL_MILLIS) {
      return false;
    }
    shown.remove(kind);
    shown.put(kind, nowMillis);
    return true;
  }
}
