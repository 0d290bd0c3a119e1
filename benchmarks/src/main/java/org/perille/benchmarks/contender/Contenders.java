package org.perille.benchmarks.contender;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The contenders. */
public final class Contenders {
  private record Entry(Set<Job> jobs, Supplier<Contender> contender) {}

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
    ALL.put("perille-h2", new Entry(PerilleH2Contender.JOBS, PerilleH2Contender::new));
    putKafka("kafka-fsync", KafkaContender.Durability.FSYNC, false);
    putKafka("kafka-fsync-tuned", KafkaContender.Durability.FSYNC, true);
    putKafka("kafka-cache", KafkaContender.Durability.PAGE_CACHE, false);
    putKafka("kafka-cache-tuned", KafkaContender.Durability.PAGE_CACHE, true);
    ALL.put("outbox", new Entry(OutboxContender.JOBS, OutboxContender::new));
    ALL.put("pekko", new Entry(PekkoContender.JOBS, PekkoContender::new));
  }

  private static void putKafka(String name, KafkaContender.Durability durability, boolean tuned) {
    ALL.put(name, new Entry(KafkaContender.JOBS, () -> new KafkaContender(durability, tuned)));
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
