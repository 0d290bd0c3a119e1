package org.perille.persistence;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The transactions of a framework, in which a {@link JdbcHandler} calls its effect.
 *
 * <p>An adapter implements it, so that code of the framework takes part in the transaction that
 * commits the cursor. {@code perille-spring-boot-starter} has one for Spring. Applications need
 * none.
 *
 * <p><b>Threading</b>: several threads begin transactions at the same time. Each transaction is
 * used by the thread that has begun it.
 */
@FunctionalInterface
public interface JdbcTransactions {

  /**
   * Begins a transaction, on a connection of its own, without autocommit.
   *
   * @throws SQLException if no connection is available. Perille also expects runtime exceptions
   */
  Transaction begin() throws SQLException;

  /**
   * A transaction of one or more messages.
   *
   * <p>Its methods are called in the order of their declaration. If one of them or the effect
   * fails, {@link #close} follows at once.
   */
  interface Transaction extends AutoCloseable {

    /** Returns the connection, on which Perille executes its own statements. */
    Connection connection();

    /**
     * Registers an action that is run when the transaction has ended, before its connection is
     * returned.
     *
     * @param restore restores the settings of the connection that Perille has changed. Doesn't
     *     throw
     */
    void onEnd(Runnable restore);

    /**
     * Makes the framework's code use a connection during the effect. Doesn't throw.
     *
     * @param guarded the same connection, on which statements that end the transaction are rejected
     * @return true if that code executes all its SQL there; false if some of it, as of an
     *     object-relational mapper, uses {@link #connection()}
     */
    boolean use(Connection guarded);

    /**
     * Executes what the framework has delayed until the commit. From here on the framework's code
     * doesn't use the guarded connection.
     *
     * @throws Exception if that fails, or if the transaction can only be rolled back. It is a
     *     failure of the handler
     */
    void flush() throws Exception;

    /**
     * Commits.
     *
     * @throws SQLException if the commit fails. Its SQL state says whether the transaction is
     *     certainly rolled back, as a state of class 40 (except 40003) does; otherwise the outcome
     *     is unknown
     */
    void commit() throws SQLException;

    /**
     * Rolls back what isn't committed, and returns the connection. Doesn't throw. Called once, also
     * after a commit.
     */
    @Override
    void close();
  }
}
