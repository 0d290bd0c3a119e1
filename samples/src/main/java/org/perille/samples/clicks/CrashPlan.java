package org.perille.samples.clicks;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The plan of the runs of the node, and of the crash that ends each.
 *
 * <p>Each run publishes a part of the clicks. A crash is planned at a pass that is at most the
 * number of clicks of the part, so that it happens, and happens while there is work.
 */
record CrashPlan(int clicks, int crashes, long seed) {
  private static final int LONGEST_DELAY_MILLIS = 30;

  CrashPlan {
    if (crashes < 0 || clicks <= crashes) {
      throw new IllegalArgumentException(clicks + " clicks are not enough for " + crashes);
    }
  }

  /** Returns the number of clicks that are published at the end of a run, counted from 0. */
  int publishedBy(int life) {
    return (int) ((long) clicks * (Math.min(life, crashes) + 1) / (crashes + 1));
  }

  /** Returns the crash that ends a run early, if one is planned. */
  Optional<Crash> crashOf(int life) {
    if (life >= crashes) {
      return Optional.empty();
    }
    int part = publishedBy(life) - (life == 0 ? 0 : publishedBy(life - 1));
    Crash.Place[] places = Crash.Place.values();
    return Optional.of(new Crash(places[life % places.length], 1 + random(life).nextInt(part)));
  }

  /** Returns the delay of a crash at a random moment, in milliseconds. */
  int delayMillis(int life) {
    return random(~life).nextInt(LONGEST_DELAY_MILLIS);
  }

  private SplittableRandom random(int life) {
    return new SplittableRandom(seed * 1_000_003 + life);
  }
}
