package org.perille.samples.clicks;

/**
 * Where a node is killed: at the n-th time that it passes a place.
 *
 * @param place where
 * @param pass 1 for the first time
 */
record Crash(Place place, int pass) {

  /** The places; a plan goes through them in this order. */
  enum Place {
    /** In the handler of the counter that works first, when it has counted. */
    AFTER_WORK("after the work and before the cursor of '" + Counters.WORK_FIRST + "'"),
    /** In the handler of the counter whose cursor comes first, before it counts. */
    BEFORE_WORK("after the cursor and before the work of '" + Counters.CURSOR_FIRST + "'"),
    /** Wherever the node happens to be a moment after a click has come to the exact counter. */
    ANYWHERE("at a random moment"),
    /** In the handler of the exact counter, before its event is written. */
    DECIDING("between the decision and the write of '" + Counters.EXACT + "'");

    private final String text;

    Place(String text) {
      this.text = text;
    }

    /** For people. */
    String text() {
      return text;
    }
  }

  Crash {
    if (pass < 1) {
      throw new IllegalArgumentException("a place is passed for the first time, not the " + pass);
    }
  }

  /** Which place's passes count. */
  Place countedAt() {
    return place == Place.ANYWHERE ? Place.DECIDING : place;
  }

  /** Whether the node stays at the place until it is killed there. */
  boolean stays() {
    return place != Place.ANYWHERE;
  }
}
