package org.perille.benchmarks.pieces;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.settings.LogLimits;

/** The decision of a partition about a batch, and its next state. Time is per message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BatchAppend {
  private static final LogLimits LIMITS = new LogLimits(Duration.ofMinutes(10), 100_000);

  /** True if messages have ids of their own, which the partition deduplicates. */
  @Param({"false", "true"})
  public boolean ids;

  private final Batches batches = new Batches();
  private final PartitionLog log = PartitionLog.empty(0, LIMITS);
  private List<LogMessage> messages;
  private long number;

  @Setup(Level.Invocation)
  public void makeBatch() {
    messages = batches.next(ids);
  }

  @Benchmark
  @OperationsPerInvocation(Batches.MESSAGES)
  public PartitionLog.Decision append() {
    PartitionLog.Decision decision =
        log.decide(
            new PublishBatch("topic", 0, "publisher", ++number, messages, List.of(), null),
            1_000_000 + number);
    log.apply(((PartitionLog.Append) decision).event());
    return decision;
  }
}
