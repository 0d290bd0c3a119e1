package org.perille.proof.database;

/** A process that uses the database, and the choices of the simulation for it. */
public interface DatabaseClient {
  /**
   * Checks that the process exists. Called before each use of a connection.
   *
   * @throws Error if the process has ended: the code that runs in it must not continue
   */
  void requireAlive();

  /** Returns whether a fault happens now. */
  boolean fails(DatabaseFault fault);

  /** Lets others act before a statement takes effect, or a commit if the statement is empty. */
  void meanwhile(String sql);

  /**
   * Records that a transaction of this client is committed, whether or not the client learns of it.
   */
  void committed(Transaction transaction);

  /** Reports something that must never happen. */
  void violated(String what);
}
