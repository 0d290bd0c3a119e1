package org.perille.benchmarks.pieces;

import com.typesafe.config.ConfigFactory;
import java.io.NotSerializableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.wire.PerilleSerializer;

/** A batch as the journal stores it. Time is per message. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Encoding {
  private ActorSystem system;
  private PerilleSerializer serializer;
  private Object event;
  private byte[] stored;
  private String manifest;

  @Setup
  public void start() {
    system = ActorSystem.create("encoding", ConfigFactory.load());
    serializer = new PerilleSerializer((ExtendedActorSystem) system);
    PartitionLog log = PartitionLog.empty(0, new LogLimits(Duration.ofMinutes(10), 100_000));
    event =
        ((PartitionLog.Append)
                log.decide(
                    new PublishBatch(
                        "topic", 0, "publisher", 1, new Batches().next(true), List.of(), null),
                    1_000_000))
            .event();
    stored = serializer.toBinary(event);
    manifest = serializer.manifest(event);
  }

  @TearDown
  public void stop() {
    system.terminate();
  }

  @Benchmark
  @OperationsPerInvocation(Batches.MESSAGES)
  public byte[] write() {
    return serializer.toBinary(event);
  }

  @Benchmark
  @OperationsPerInvocation(Batches.MESSAGES)
  public Object read() throws NotSerializableException {
    return serializer.fromBinary(stored, manifest);
  }
}
