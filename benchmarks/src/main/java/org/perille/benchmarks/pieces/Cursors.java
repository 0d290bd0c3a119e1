package org.perille.benchmarks.pieces;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.perille.internal.cursor.Cursor;

/** Finished messages, in ranges of {@value #RUN}. Time is per message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Cursors {
  private static final int RUN = 100;

  /** The number of unfinished messages between finished ones. */
  @Param({"0", "100"})
  public int gaps;

  private Cursor begun;
  private List<Long> next;

  @Setup
  public void leaveGaps() {
    List<Long> between = LongStream.range(0, gaps).map(i -> 2 * i + 1).boxed().toList();
    begun = Cursor.startingAt(0, 1).finish(between, offset -> 1);
    next = LongStream.range(2L * gaps, 2L * gaps + RUN).boxed().toList();
  }

  @Benchmark
  @OperationsPerInvocation(RUN)
  public Cursor finish() {
    return begun.finish(next, offset -> 1);
  }
}
