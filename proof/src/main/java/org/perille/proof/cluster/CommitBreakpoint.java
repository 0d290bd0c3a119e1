package org.perille.proof.cluster;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A breakpoint in the database's proxy. It holds a message at a certain moment, until a decision on
 * it is made.
 *
 * <p>So a fault can hit the phase that it is meant for.
 *
 * @param node the node whose connection it waits for; empty for any node
 * @param sprung completes with the node's name when the moment has come
 * @param decision lets the message pass, or swallows it and cuts the connection
 */
record CommitBreakpoint(
    Moment moment,
    Optional<String> node,
    CompletableFuture<String> sprung,
    CompletableFuture<CommitBreakpoint.Decision> decision) {

  /** A moment that can be seen on a connection to the database. */
  enum Moment {
    /** A node has requested a commit, and the database doesn't know it yet. */
    COMMIT_REQUESTED,
    /** The database has committed, and the node doesn't know it yet. */
    COMMIT_DONE,
    /** The node has just received the answer. */
    COMMIT_ANSWERED,
    /** A node reads a snapshot: one of its actors recovers. */
    RECOVERY_READ
  }

  /** The decision on the message that is held. */
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
