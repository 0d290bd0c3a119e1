package org.perille.benchmarks.pieces;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.perille.internal.handler.KeyQueues;

/** A batch of {@value #MESSAGES} messages in the queues of their keys. Time is per message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Queues {
  private static final int MESSAGES = 500;
  private static final int MAX_KEYS = 16;
  private static final int MAX_MESSAGES = 100;

  /** The number of keys of the messages of a batch. */
  @Param({"1", "50", "500"})
  public int keys;

  private final KeyQueues<Integer> queues = new KeyQueues<>(message -> false);
  private String[] names;

  @Setup
  public void nameKeys() {
    names = new String[keys];
    for (int i = 0; i < keys; i++) {
      names[i] = "key-" + i;
    }
  }

  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public int through() {
    for (int i = 0; i < MESSAGES; i++) {
      queues.add(names[i % keys], i);
    }
    int done = 0;
    while (!queues.isEmpty()) {
      for (KeyQueues.KeyBatch<Integer> run : queues.take(MAX_KEYS, MAX_MESSAGES)) {
        queues.finish(run.key(), run.messages().size(), false);
        done += run.messages().size();
      }
    }
    return done;
  }
}
