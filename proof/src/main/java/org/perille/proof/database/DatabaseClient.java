package org.perille.proof.database;

/** A process that uses the database, and what the simulation chooses for it. */
public interface DatabaseClient {
  /**
   * Is called before each use of a connection.
   *
   * @throws Error if the process has ended: whatever runs in it goes no further
   */
  void requireAlive();

  /** Returns whether a fault happens to what is done now. */
  boolean fails(DatabaseFault fault);

  /** Lets others act before a statement or, if it is empty, a commit takes effect. */
  void meanwhile(String sql);

  /** A transaction of this client is committed, whether or not it learns of that. */
  void committed(Transaction transaction);

  /** Something has happened that must never be. */
  void violated(String what);
}
