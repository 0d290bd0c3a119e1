package org.perille.persistence.internal;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.perille.internal.failure.UserCode;

/** The meanings of SQL states, in PostgreSQL and in H2. */
final class SqlFailures {
  /** The state for a commit whose outcome the server itself doesn't know. */
  private static final String COMPLETION_UNKNOWN = "40003";

  /**
   * The states of failures after which the database has undone the statement and continues.
   *
   * <p>They cover values, constraints, transaction states, conflicts, syntax and rights, resources,
   * limits, locks, errors of functions, cancelled statements, and H2's locks.
   */
  private static final List<String> REFUSALS =
      List.of("22", "23", "25", "40", "42", "53", "54", "55", "P0", "57014", "HYT00");

  /** The states of a serialization failure and a deadlock. */
  private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

  private static final String READ_ONLY = "25006";

  /**
   * The states of sessions that can't write any more.
   *
   * <p>The server is read-only, or has ended the session: idle in a transaction, too long in one,
   * or idle.
   */
  private static final Set<String> STALE = Set.of(READ_ONLY, "25P03", "25P04", "57P05");

  private SqlFailures() {}

  /**
   * Returns whether a statement, or a commit, has certainly changed nothing.
   *
   * <p>False if this is unknown: the connection is broken, the server is stopping, or the state is
   * unfamiliar.
   */
  static boolean isRolledBack(SQLException e) {
    String state = state(e);
    return !state.equals(COMPLETION_UNKNOWN) && REFUSALS.stream().anyMatch(state::startsWith);
  }

  /** Returns whether a transaction failed because of a concurrent one. Repeating it may succeed. */
  static boolean isConflict(Throwable failure) {
    return hasState(failure, CONFLICTS);
  }

  /** Returns whether a session's server has become a standby, where every write fails. */
  static boolean isReadOnly(Throwable failure) {
    return hasState(failure, Set.of(READ_ONLY));
  }

  /** Returns whether a session can't write any more, or was ended by the server. */
  static boolean isStale(SQLException e) {
    return STALE.contains(state(e));
  }

  /** Searches the causes too, because libraries wrap the exceptions of drivers. */
  private static boolean hasState(Throwable failure, Set<String> states) {
    return UserCode.find(
            failure, cause -> cause instanceof SQLException e && states.contains(state(e)))
        .isPresent();
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }
}
