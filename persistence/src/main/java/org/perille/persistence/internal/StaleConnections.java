package org.perille.persistence.internal;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Makes the pool discard connections that can never store anything again.
 *
 * <p>By default it discards only lost ones. A connection to a server that has become a standby
 * still answers, and rejects every write. The pool creates this class by name.
 */
public final class StaleConnections implements SQLExceptionOverride {
  @java.lang.Override
  public SQLExceptionOverride.Override adjudicate(SQLException exception) {
    return SqlFailures.isStale(exception)
        ? SQLExceptionOverride.Override.MUST_EVICT
        : SQLExceptionOverride.Override.CONTINUE_EVICT;
  }
}
