package org.perille.proof.soak;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * Decides whether figures grow with time.
 *
 * <p>The rule: in the second half of the samples a straight line is fitted to each figure (least
 * squares). Its rise from the first to the last of them may be a quarter of their mean, plus the
 * figure's tolerance. A leak that dominates a figure rises by two thirds of its mean. Nothing is
 * judged below a figure's bound.
 */
final class Trend {
  /** The minimum number of samples of which a second half can be judged. */
  static final int MIN_SAMPLES = 8;

  private static final double SHARE = 0.25;

  private Trend() {}

  /** Returns descriptions of the figures that grow. */
  static List<String> growing(List<Sample> samples) {
    if (samples.size() < MIN_SAMPLES) {
      throw new IllegalArgumentException(
          "%d samples: a trend needs %d or more".formatted(samples.size(), MIN_SAMPLES));
    }
    List<Sample> half = samples.subList(samples.size() / 2, samples.size());
    TreeSet<String> names = new TreeSet<>();
    half.forEach(sample -> names.addAll(sample.judged().keySet()));
    List<String> growing = new ArrayList<>();
    for (String name : names) {
      double[] values = half.stream().mapToDouble(sample -> value(sample.judged(), name)).toArray();
      double mean = mean(values);
      double rise = slope(values, mean) * (values.length - 1);
      double allowed = SHARE * mean + Sample.tolerance(name);
      double highest = Arrays.stream(values).max().orElse(0);
      if (rise > allowed && highest > Sample.bound(name)) {
        growing.add(
            String.format(
                Locale.ROOT,
                "%s grows: by %.1f in the second half, where its mean is %.1f and %.1f is allowed",
                name,
                rise,
                mean,
                allowed));
      }
    }
    return growing;
  }

  private static double value(Map<String, Double> figures, String name) {
    return figures.getOrDefault(name, 0.0);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Returns the rise from one value to the next. */
  private static double slope(double[] values, double mean) {
    double middle = (values.length - 1) / 2.0;
    double covariance = 0;
    double variance = 0;
    for (int i = 0; i < values.length; i++) {
      covariance += (i - middle) * (values[i] - mean);
      variance += (i - middle) * (i - middle);
    }
    return covariance / variance;
  }
}
