package org.perille.spi;

/**
 * The way in which a subscription processes messages. It determines which data are stored, and
 * where.
 */
public enum SubscriptionKind {
  /** A function is called; the cursor is in the journal. */
  FUNCTION("a function"),
  /** A handler commits its effect with the cursor, in a store of its own. */
  TRANSACTIONAL("a JDBC handler"),
  /** A state machine for each key; the cursor and the keys are in the journal. */
  EVENT_SOURCED("an event-sourced handler"),
  /** A handler publishes; the cursor and the keys are in the journal. */
  PUBLISHING("a publishing handler"),
  /** The results of calls are stored; the cursor and the keys are in the journal. */
  CALLING("an outside call");

  private final String description;

  SubscriptionKind(String description) {
    this.description = description;
  }

  /** Returns the name in messages to the user. */
  public String description() {
    return description;
  }
}
