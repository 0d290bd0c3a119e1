package org.perille.samples.clicks;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Which of the node's lives ends where.
 *
 * <p>Every life publishes a part of the clicks. A crash comes at one of as many passes as the part
 * has clicks, so that it certainly comes, and comes while there is work.
 */
record CrashPlan(int clicks, int crashes, long seed) {
  private static final int LONGEST_DELAY_MILLIS = 30;

  CrashPlan {
    if (crashes < 0 || clicks <= crashes) {
      throw new IllegalArgumentException(clicks + " clicks are not enough for " + crashes);
    }
  }

  /** How many clicks are published when a life, counted from 0, comes to its end. */
  int publishedBy(int life) {
    return (int) ((long) clicks * (Math.min(life, crashes) + 1) / (crashes + 1));
  }

  /** How a life ends before its time, if it does. */
  Optional<Crash> crashOf(int life) {
    if (life >= crashes) {
      return Optional.empty();
    }
    int part = publishedBy(life) - (life == 0 ? 0 : publishedBy(life - 1));
    Crash.Place[] places = Crash.Place.values();
    return Optional.of(new Crash(places[life % places.length], 1 + random(life).nextInt(part)));
  }

  /** How long a crash at a random moment waits. */
  int delayMillis(int life) {
    return random(~life).nextInt(LONGEST_DELAY_MILLIS);
  }

  private SplittableRandom random(int life) {
    return new SplittableRandom(seed * 1_000_003 + life);
  }
}
