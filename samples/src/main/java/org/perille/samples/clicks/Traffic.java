package org.perille.samples.clicks;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The clicks that a seed makes: the n-th is the same in every process. The links follow Zipf's law,
 * as links do: the hottest is clicked twice as often as the second, and thrice as often as the
 * third.
 */
final class Traffic {
  private static final List<String> COUNTRIES = List.of("DE", "FI", "FR", "JP", "SE");

  /** A link's code has four digits of this radix. */
  private static final int RADIX = 36;

  private static final int CODES = RADIX * RADIX * RADIX * RADIX;

  /** Has no divisor in common with the number of codes: different ranks have different codes. */
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

  /** How many there are. */
  int clicks() {
    return clicks;
  }

  /** The n-th, from 0. */
  Click click(int number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
    int found = Arrays.binarySearch(cumulated, random.nextDouble(cumulated[cumulated.length - 1]));
    return new Click(
        link(found < 0 ? -found - 1 : found), COUNTRIES.get(random.nextInt(COUNTRIES.size())));
  }

  /** The publisher's name for the n-th click: published again after a crash, it is stored once. */
  static String id(int number) {
    return "click-" + number;
  }

  /** All links, the one that is expected to be the hottest first. */
  List<String> links() {
    return IntStream.range(0, cumulated.length).mapToObj(Traffic::link).toList();
  }

  private static String link(int rank) {
    String code = Long.toString((rank + 1L) * STEP % CODES, RADIX);
    return "0".repeat(4 - code.length()) + code;
  }

  /** What an exact counter must say of every link in the end. */
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
