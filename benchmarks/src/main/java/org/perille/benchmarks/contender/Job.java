package org.perille.benchmarks.contender;

/** The work on a parcel that a contender must complete. */
public enum Job {
  /** Store it and acknowledge that. */
  PUBLISH,
  /** Call a handler at least once, and store that it was called. */
  HANDLE,
  /** Insert a row into a table of the application, effectively once. */
  JDBC_EFFECT,
  /** Count it in the event-sourced state of its key, effectively once. */
  EVENT_EFFECT,
  /** Publish it to a second topic, effectively once, and call a handler there. */
  CHAIN;

  /** Returns the name on the command line and in results. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
