package org.perille.proof.cluster;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Waits in the database's proxy for a certain moment, and holds what was to happen then until it is
 * decided what becomes of it. That is how a fault meets the phase that it is meant for.
 *
 * @param node whose connection it waits for, or anybody's
 * @param sprung completes with the node's name when the moment has come
 * @param decision lets it pass, or swallows it and cuts the connection
 */
record CommitBreakpoint(
    Moment moment,
    Optional<String> node,
    CompletableFuture<String> sprung,
    CompletableFuture<CommitBreakpoint.Decision> decision) {

  /** What can be seen on a connection to the database. */
  enum Moment {
    /** A node has asked for a commit, and the database doesn't know yet. */
    COMMIT_REQUESTED,
    /** The database has committed, and the node doesn't know yet. */
    COMMIT_DONE,
    /** The node has just been told. */
    COMMIT_ANSWERED,
    /** A node reads a snapshot: something of it recovers. */
    RECOVERY_READ
  }

  /** What becomes of what was held. */
  enum Decision {
    PASS,
    CUT
  }

  static CommitBreakpoint of(Moment moment, Optional<String> node) {
    return new CommitBreakpoint(moment, node, new CompletableFuture<>(), new CompletableFuture<>());
  }

  boolean waitsFor(Moment seen, String by) {
    return moment == seen && (node.isEmpty() || node.get().equals(by));
  }
}
