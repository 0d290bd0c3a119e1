package org.perille.persistence.internal;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.perille.internal.failure.UserCode;

/** Meanings of SQL states, in PostgreSQL and in H2. */
final class SqlFailures {
  /** The server says so itself when it doesn't know what became of a commit. */
  private static final String COMPLETION_UNKNOWN = "40003";

  /**
   * Failures that the database reports while it goes on: it has undone the statement. Values,
   * constraints, transaction states, conflicts, syntax and rights, resources, limits, locks, errors
   * of functions, cancelled statements, H2's locks.
   */
  private static final List<String> REFUSALS =
      List.of("22", "23", "25", "40", "42", "53", "54", "55", "P0", "57014", "HYT00");

  /** A failure of serialization, a deadlock. */
  private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

  private static final String READ_ONLY = "25006";

  /** Read-only, ended for idleness in a transaction or for its length, ended for idleness. */
  private static final Set<String> STALE = Set.of(READ_ONLY, "25P03", "25P04", "57P05");

  private SqlFailures() {}

  /**
   * Whether a statement, or a commit, has certainly changed nothing. False if nobody knows: the
   * connection is broken, the server is stopping, or the state is unfamiliar.
   */
  static boolean isRolledBack(SQLException e) {
    String state = state(e);
    return !state.equals(COMPLETION_UNKNOWN) && REFUSALS.stream().anyMatch(state::startsWith);
  }

  /**
   * Whether a transaction failed because another one was under way: it may succeed if it is simply
   * run again.
   */
  static boolean isConflict(Throwable failure) {
    return hasState(failure, CONFLICTS);
  }

  /** Whether a session's server is a standby by now: writes fail there, whatever they write. */
  static boolean isReadOnly(Throwable failure) {
    return hasState(failure, Set.of(READ_ONLY));
  }

  /** Whether a session can't be used for any write any more, or was ended by the server. */
  static boolean isStale(SQLException e) {
    return STALE.contains(state(e));
  }

  /** Looks into causes, because libraries wrap what a driver throws. */
  private static boolean hasState(Throwable failure, Set<String> states) {
    return UserCode.find(
            failure, cause -> cause instanceof SQLException e && states.contains(state(e)))
        .isPresent();
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }
}
