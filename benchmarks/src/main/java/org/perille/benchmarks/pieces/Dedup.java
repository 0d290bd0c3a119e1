package org.perille.benchmarks.pieces;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.perille.internal.partition.DedupWindow;

/** One id in a full window: looked up, added, and the oldest one removed. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Dedup {
  /** The size of the window. */
  @Param({"1000", "100000"})
  public int ids;

  private DedupWindow window;
  private long next;

  @Setup
  public void fill() {
    window = new DedupWindow(Duration.ofDays(1), ids);
    for (int i = 0; i < ids; i++) {
      add();
    }
  }

  private OptionalLong add() {
    long offset = next++;
    String key = "key-" + offset % 1000;
    String id = "id-" + offset;
    OptionalLong known = window.find(DedupWindow.Id.of(key, id), offset);
    window.add(DedupWindow.Id.of(key, id), offset, offset);
    window.evict(offset);
    return known;
  }

  @Benchmark
  public OptionalLong newMessage() {
    return add();
  }

  @Benchmark
  public OptionalLong repeatedMessage() {
    long offset = next - 1;
    return window.find(DedupWindow.Id.of("key-" + offset % 1000, "id-" + offset), offset);
  }
}
