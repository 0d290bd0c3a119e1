package org.perille.benchmarks.contender;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The contenders. */
public final class Contenders {
  /**
   * A contender.
   *
   * @param usual true if it takes part unless others are chosen
   */
  private record Entry(Set<Job> jobs, boolean usual, Supplier<Contender> contender) {
    Entry(Set<Job> jobs, Supplier<Contender> contender) {
      this(jobs, true, contender);
    }

    Entry onlyIfAsked() {
      return new Entry(jobs, false, contender);
    }
  }

  private static final Map<String, Entry> ALL = new LinkedHashMap<>();

  static {
    ALL.put(
        "perille",
        new Entry(
            PerilleContender.JOBS, () -> new PerilleContender(PerilleContender.Variant.NONE)));
    ALL.put(
        "perille-batches",
        new Entry(
            EnumSet.of(Job.JDBC_EFFECT),
            () -> new PerilleContender(PerilleContender.Variant.BATCHES)));
    ALL.put(
        "perille-lz4",
        new Entry(PerilleContender.JOBS, () -> new PerilleContender(PerilleContender.Variant.LZ4))
            .onlyIfAsked());
    ALL.put(
        "perille-metrics",
        new Entry(
                PerilleContender.JOBS, () -> new PerilleContender(PerilleContender.Variant.METRICS))
            .onlyIfAsked());
    ALL.put("perille-h2", new Entry(PerilleH2Contender.JOBS, PerilleH2Contender::new));
    putKafka("kafka-fsync", KafkaContender.Durability.FSYNC, false);
    putKafka("kafka-fsync-tuned", KafkaContender.Durability.FSYNC, true);
    putKafka("kafka-cache", KafkaContender.Durability.PAGE_CACHE, false);
    putKafka("kafka-cache-tuned", KafkaContender.Durability.PAGE_CACHE, true);
    ALL.put("outbox", new Entry(OutboxContender.JOBS, OutboxContender::new));
    ALL.put(
        "dbos", new Entry(DbosContender.JOBS, () -> new DbosContender(DbosContender.Start.DIRECT)));
    ALL.put(
        "dbos-queue",
        new Entry(DbosContender.JOBS, () -> new DbosContender(DbosContender.Start.QUEUED)));
    ALL.put("modulith", new Entry(ModulithContender.JOBS, ModulithContender::new));
    ALL.put("db-scheduler", new Entry(DbSchedulerContender.JOBS, DbSchedulerContender::new));
    ALL.put("pekko", new Entry(PekkoContender.JOBS, PekkoContender::new));
  }

  private static void putKafka(String name, KafkaContender.Durability durability, boolean tuned) {
    ALL.put(
        name, new Entry(KafkaContender.JOBS, () -> new KafkaContender(durability, tuned, "none")));
    ALL.put(
        name + "-lz4",
        new Entry(KafkaContender.JOBS, () -> new KafkaContender(durability, tuned, "lz4"))
            .onlyIfAsked());
  }

  private Contenders() {}

  /** Returns all names. Perille's is the first. */
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /** Returns the jobs that a contender supports. */
  public static Set<Job> jobs(String name) {
    return entry(name).jobs;
  }

  /** Returns whether a contender takes part if no contenders are chosen. */
  public static boolean isUsual(String name) {
    return entry(name).usual;
  }

  /** Returns a contender that isn't started. */
  public static Contender named(String name) {
    return entry(name).contender.get();
  }

  private static Entry entry(String name) {
    Entry entry = ALL.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "there is no contender '" + name + "'; use one of " + String.join(", ", names()));
    }
    return entry;
  }
}
