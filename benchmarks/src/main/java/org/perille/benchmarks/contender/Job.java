package org.perille.benchmarks.contender;

/** What a contender has to do with each parcel until it counts as done. */
public enum Job {
  /** Store it, and acknowledge that. */
  PUBLISH,
  /** Have a handler called, at least once, and remember that it was. */
  HANDLE,
  /** Insert a row into a table of the application's, effectively once. */
  JDBC_EFFECT,
  /** Count it in the event-sourced state of its key, effectively once. */
  EVENT_EFFECT,
  /** Publish it to a second topic, effectively once, and have it handled there. */
  CHAIN;

  /** As it is written on the command line and in results. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
