package org.perille.proof.cluster;

/** What is done to a run. */
enum FaultKind {
  NODE_KILLED(Group.PROCESS),
  ALL_NODES_KILLED(Group.PROCESS),
  CLIENT_KILLED(Group.PROCESS),
  /** For longer than the cluster waits for it. */
  NODE_PAUSED(Group.PROCESS),
  /** In good order, and another one joins. */
  NODE_REPLACED(Group.PROCESS),
  /** Forwards or back, and then back or forwards. */
  CLOCK_SET(Group.PROCESS),
  /** By days, forwards or back, and then back or forwards. */
  CLOCK_SET_BY_DAYS(Group.PROCESS),
  /** Nobody reaches it, and it reaches nobody but the database. */
  NODE_CUT_OFF(Group.NETWORK),
  /** It hears the others, who don't hear it. */
  CUT_ONE_WAY(Group.NETWORK),
  /** Each node reaches a majority, and no two the same. */
  MAJORITY_RING(Group.NETWORK),
  FLAPPING(Group.NETWORK),
  /** A node doesn't reach the database, and all else. */
  DATABASE_CUT_OFF(Group.NETWORK),
  /** A host vanishes inside a transaction: its sessions stay, and nothing is heard of it. */
  HALF_OPEN(Group.NETWORK),
  DATABASE_KILLED(Group.DATABASE),
  BACKEND_KILLED(Group.DATABASE),
  CONNECTIONS_RESET(Group.DATABASE),
  /** The database commits, and the node never hears of it. */
  COMMIT_ANSWER_LOST(Group.DATABASE),
  /** The node asks for a commit, and the database never hears of it. */
  COMMIT_REQUEST_LOST(Group.DATABASE),
  /** The database hears of the commit when the node has long given it up. */
  COMMIT_LATE(Group.DATABASE),
  /** A standby takes over; the former primary goes on, read-only. */
  FAILOVER(Group.DATABASE),
  DISK_FULL(Group.DISK),
  /** The database's machine loses its power, and the disk what wasn't forced. */
  POWER_LOST(Group.POWER);

  /** What it takes to inject it. */
  enum Group {
    PROCESS,
    NETWORK,
    DATABASE,
    DISK,
    POWER
  }

  private final Group group;

  FaultKind(Group group) {
    this.group = group;
  }

  Group group() {
    return group;
  }

  /** Returns whether only connections break: then it may come at any time beside another one. */
  boolean isBrief() {
    return switch (this) {
      case BACKEND_KILLED, CONNECTIONS_RESET, COMMIT_ANSWER_LOST, COMMIT_REQUEST_LOST -> true;
      default -> false;
    };
  }
}
