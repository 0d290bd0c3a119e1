package org.perille.benchmarks.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws results as images. */
public final class Plots {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 450;

  private Plots() {}

  /** Draws the share of parcels that exceed each latency. */
  static void latency(String workload, Trials trials, Path file) throws IOException {
    XYChart chart = chart(workload, "percent of parcels that take longer", "ms");
    chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
    for (String contender : trials.contenders()) {
      Histogram all = trials.latency(contender);
      List<Double> slower = new ArrayList<>();
      List<Double> millis = new ArrayList<>();
      for (double share = 100; share >= 0.01; share /= 1.2) {
        slower.add(share);
        millis.add(Math.max(0.01, all.getValueAtPercentile(100 - share) / 1e6));
      }
      chart.addSeries(contender, slower, millis).setMarker(SeriesMarkers.NONE);
    }
    save(chart, file);
  }

  /** Draws the parcels done in each second, in the first round of each contender. */
  static void throughput(String workload, Trials trials, Path file) throws IOException {
    XYChart chart = chart(workload, "s", "done per second");
    chart.getStyler().setYAxisMin(0.0);
    for (String contender : trials.contenders()) {
      List<Long> done = trials.of(contender).get(0).doneBySecond();
      chart
          .addSeries(contender, IntStream.range(0, done.size()).boxed().toList(), done)
          .setMarker(SeriesMarkers.NONE);
    }
    save(chart, file);
  }

  /** Draws the lag of a subscription. */
  public static void backlog(String title, List<Double> seconds, List<Long> left, Path file)
      throws IOException {
    XYChart chart = chart(title, "s", "messages that wait (lag)");
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setLegendVisible(false);
    chart.addSeries("backlog", seconds, left).setMarker(SeriesMarkers.NONE);
    save(chart, file);
  }

  private static XYChart chart(String title, String x, String y) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    return chart;
  }

  private static void save(XYChart chart, Path file) throws IOException {
    BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
  }
}
