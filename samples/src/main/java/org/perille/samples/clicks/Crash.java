package org.perille.samples.clicks;

/**
 * A planned crash: the node is killed when it passes a place for the n-th time.
 *
 * @param place the place
 * @param pass 1 for the first time
 */
record Crash(Place place, int pass) {

  /** The places. A plan goes through them in this order. */
  enum Place {
    /** In the handler of the counter that works first, after it has counted. */
    AFTER_WORK("after the work and before the cursor of '" + Counters.WORK_FIRST + "'"),
    /** In the handler of the counter whose cursor comes first, before it counts. */
    BEFORE_WORK("after the cursor and before the work of '" + Counters.CURSOR_FIRST + "'"),
    /** At a random time shortly after a click has reached the exact counter. */
    ANYWHERE("at a random moment"),
    /** In the handler of the exact counter, before its event is written. */
    DECIDING("between the decision and the write of '" + Counters.EXACT + "'");

    private final String text;

    Place(String text) {
      this.text = text;
    }

    /** Returns the place as human-readable text. */
    String text() {
      return text;
    }
  }

  Crash {
    if (pass < 1) {
      throw new IllegalArgumentException("a place is passed for the first time, not the " + pass);
    }
  }

  /** Returns the place whose passes are counted. */
  Place countedAt() {
    return place == Place.ANYWHERE ? Place.DECIDING : place;
  }

  /** Returns whether the node stays at the place until it is killed there. */
  boolean stays() {
    return place != Place.ANYWHERE;
  }
}
