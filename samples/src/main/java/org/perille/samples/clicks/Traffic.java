package org.perille.samples.clicks;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The clicks that a seed generates. The n-th is the same in every process.
 *
 * <p>The links follow Zipf's law, as real ones do: the hottest link has twice as many clicks as the
 * second, and three times as many as the third.
 */
final class Traffic {
  private static final List<String> COUNTRIES = List.of("DE", "FI", "FR", "JP", "SE");

  /** The radix of a link's code, which has four digits. */
  private static final int RADIX = 36;

  private static final int CODES = RADIX * RADIX * RADIX * RADIX;

  /** Coprime with the number of codes, so that different ranks have different codes. */
  private static final int STEP = 1_048_571;

  private final int clicks;
  private final long seed;
  private final double[] cumulated;

  Traffic(int clicks, int links, long seed) {
    this.clicks = clicks;
    this.seed = seed;
    this.cumulated = new double[links];
    double sum = 0;
    for (int rank = 0; rank < links; rank++) {
      sum += 1.0 / (rank + 1);
      cumulated[rank] = sum;
    }
  }

  /** Returns the number of clicks. */
  int clicks() {
    return clicks;
  }

  /** Returns the n-th click, from 0. */
  Click click(int number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
    int found = Arrays.binarySearch(cumulated, random.nextDouble(cumulated[cumulated.length - 1]));
    return new Click(
        link(found < 0 ? -found - 1 : found), COUNTRIES.get(random.nextInt(COUNTRIES.size())));
  }

  /** Returns the message id of the n-th click. Publishing it again after a crash stores it once. */
  static String id(int number) {
    return "click-" + number;
  }

  /** Returns all links, by expected number of clicks, highest first. */
  List<String> links() {
    return IntStream.range(0, cumulated.length).mapToObj(Traffic::link).toList();
  }

  private static String link(int rank) {
    String code = Long.toString((rank + 1L) * STEP % CODES, RADIX);
    return "0".repeat(4 - code.length()) + code;
  }

  /** Returns the final state of an exact counter, by link. */
  Map<String, Clicks> total() {
    Map<String, Clicks> total = new LinkedHashMap<>();
    links().forEach(link -> total.put(link, Clicks.NONE));
    for (int number = 0; number < clicks; number++) {
      Click click = click(number);
      total.computeIfPresent(click.link(), (link, sum) -> sum.plus(new Counted(click.country())));
    }
    return total;
  }
}
