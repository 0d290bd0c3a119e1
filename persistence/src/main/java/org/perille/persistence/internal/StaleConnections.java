package org.perille.persistence.internal;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Lets the pool discard connections that can never store anything again. By itself it discards lost
 * ones only: one to a server that has become a standby still answers, and refuses every write. Made
 * by the pool, by name.
 */
public final class StaleConnections implements SQLExceptionOverride {
  @java.lang.Override
  public SQLExceptionOverride.Override adjudicate(SQLException exception) {
    return SqlFailures.isStale(exception)
        ? SQLExceptionOverride.Override.MUST_EVICT
        : SQLExceptionOverride.Override.CONTINUE_EVICT;
  }
}
