package org.perille.benchmarks.trial;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * The result of a trial.
 *
 * @param latency nanoseconds from the due time of a parcel until it was done
 * @param doneBySecond the number of parcels done in each second of the measurement
 */
public record Result(Histogram latency, List<Long> doneBySecond) {
  /** Returns the parcels done per second, on average. */
  public double throughput() {
    return doneBySecond.stream().mapToLong(Long::longValue).average().orElse(0);
  }

  public double millisAt(double percentile) {
    return latency.getValueAtPercentile(percentile) / 1e6;
  }

  /** Returns the combined result of several concurrent sources. */
  public static Result together(List<Result> results) {
    Histogram all = new Histogram(3);
    results.forEach(result -> all.add(result.latency));
    int seconds = results.get(0).doneBySecond.size();
    List<Long> done =
        IntStream.range(0, seconds)
            .mapToObj(s -> results.stream().mapToLong(result -> result.doneBySecond.get(s)).sum())
            .toList();
    return new Result(all, done);
  }

  /** Writes the result to a file that another process reads. */
  public void write(Path file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(latency.getNeededByteBufferCapacity());
    int length = latency.encodeIntoCompressedByteBuffer(buffer);
    Properties properties = new Properties();
    properties.setProperty(
        "latency", Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length)));
    properties.setProperty(
        "doneBySecond",
        doneBySecond.stream().map(String::valueOf).collect(Collectors.joining(",")));
    try (Writer out = Files.newBufferedWriter(file)) {
      properties.store(out, null);
    }
  }

  public static Result read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      properties.load(in);
    }
    byte[] latency = Base64.getDecoder().decode(properties.getProperty("latency"));
    try {
      return new Result(
          Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(latency), 0),
          Arrays.stream(properties.getProperty("doneBySecond").split(","))
              .map(Long::valueOf)
              .toList());
    } catch (DataFormatException e) {
      throw new IOException(file + " holds no histogram", e);
    }
  }
}
