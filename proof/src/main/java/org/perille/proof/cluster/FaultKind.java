package org.perille.proof.cluster;

/** A kind of fault of the suite on a real cluster. */
enum FaultKind {
  NODE_KILLED(Group.PROCESS),
  ALL_NODES_KILLED(Group.PROCESS),
  CLIENT_KILLED(Group.PROCESS),
  /**
   * All nodes but a minority are killed at once, and don't return before the minority goes on. Of
   * two nodes one is killed.
   */
  MAJORITY_KILLED(Group.PROCESS),
  /** A node is suspended for longer than the cluster waits for it. */
  NODE_PAUSED(Group.PROCESS),
  /** A node without seed nodes starts on the database. It must be refused. */
  SECOND_CLUSTER(Group.PROCESS),
  /** A node leaves in good order, and another one joins. */
  NODE_REPLACED(Group.PROCESS),
  /** A clock is set forwards or back, and later set right. */
  CLOCK_SET(Group.PROCESS),
  /** A clock is set by days, forwards or back, and later set right. */
  CLOCK_SET_BY_DAYS(Group.PROCESS),
  /** A node is reachable for no other node, and reaches only the database. */
  NODE_CUT_OFF(Group.NETWORK),
  /** A node receives from the others, but they don't receive from it. */
  CUT_ONE_WAY(Group.NETWORK),
  /** Each node reaches a majority, and no two nodes the same one. */
  MAJORITY_RING(Group.NETWORK),
  FLAPPING(Group.NETWORK),
  /** Each link between two processes comes and goes, in each direction by itself. */
  ALL_LINKS_FLAPPING(Group.NETWORK),
  /** The processes are on two sides that don't reach each other, until one side has gone on. */
  CLUSTER_SPLIT(Group.NETWORK),
  /** The node that gets the lease after a split is suspended while the split is decided. */
  LEASE_HOLDER_PAUSED(Group.NETWORK),
  /** The node that gets the lease after a split loses the database while the split is decided. */
  LEASE_HOLDER_WITHOUT_DATABASE(Group.NETWORK),
  /** A node reaches everything but the database. */
  DATABASE_CUT_OFF(Group.NETWORK),
  /** A host vanishes in the middle of a transaction. Its sessions stay open without traffic. */
  HALF_OPEN(Group.NETWORK),
  DATABASE_KILLED(Group.DATABASE),
  BACKEND_KILLED(Group.DATABASE),
  CONNECTIONS_RESET(Group.DATABASE),
  /** The database commits, but the node receives no answer. */
  COMMIT_ANSWER_LOST(Group.DATABASE),
  /** The node requests a commit, but the database doesn't receive the request. */
  COMMIT_REQUEST_LOST(Group.DATABASE),
  /** The database receives the request for a commit after the node has given up on it. */
  COMMIT_LATE(Group.DATABASE),
  /** A standby takes over. The former primary continues, read-only. */
  FAILOVER(Group.DATABASE),
  DISK_FULL(Group.DISK),
  /** All processes get certificates of another authority, and then trust only that one. */
  CERTIFICATES_REPLACED(Group.TLS),
  /** The database's machine loses its power, and its disk all that wasn't forced. */
  POWER_LOST(Group.POWER);

  /** The means that the injection requires. */
  enum Group {
    PROCESS,
    NETWORK,
    DATABASE,
    DISK,
    POWER,
    TLS
  }

  private final Group group;

  FaultKind(Group group) {
    this.group = group;
  }

  Group group() {
    return group;
  }

  /**
   * Returns whether the fault comes without any other, because another one could excuse what it
   * must not cause.
   */
  boolean isExclusive() {
    return this == SECOND_CLUSTER || isTakeover();
  }

  /** Returns whether a part of the cluster must go on within a time while the fault lasts. */
  boolean isTakeover() {
    return switch (this) {
      case MAJORITY_KILLED,
          ALL_LINKS_FLAPPING,
          CLUSTER_SPLIT,
          LEASE_HOLDER_PAUSED,
          LEASE_HOLDER_WITHOUT_DATABASE ->
          true;
      default -> false;
    };
  }

  /** Returns the number of nodes from which on the fault is possible. */
  int leastNodes() {
    return this == MAJORITY_RING ? 3 : 2;
  }

  /**
   * Returns whether the fault only breaks connections, so that it can be combined with any other.
   */
  boolean isBrief() {
    return switch (this) {
      case BACKEND_KILLED, CONNECTIONS_RESET, COMMIT_ANSWER_LOST, COMMIT_REQUEST_LOST -> true;
      default -> false;
    };
  }
}
