package org.perille.testkit.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;
import org.perille.Guarantee;
import org.perille.OnExhausted;
import org.perille.Receipt;

/**
 * A run of a small system that keeps all guarantees under faults.
 *
 * <p>It has publishes with an unknown outcome, repeated publishes, crashes of workers, replaced
 * workers that continue, rolled back transactions, missed deadlines, dead letters, redrives,
 * discards, and resets.
 */
final class RandomRun {
  static final String TOPIC = "topic";
  private static final int PARTITIONS = 2;
  private static final int KEYS = 5;

  /** A message of the log. */
  record Entry(int partition, long offset, String key, String value, String id) {}

  private record Pending(
      long call, String publisher, String key, String value, String id, boolean isLostOnTheWay) {}

  private final Random random;
  private final MemoryRecorder recorder = new MemoryRecorder();
  private final List<List<Entry>> logs = new ArrayList<>();
  private final Map<String, Entry> ids = new HashMap<>();
  private final List<Deque<Pending>> publishers = List.of(new ArrayDeque<>(), new ArrayDeque<>());
  private final List<RandomWorker> workers = new ArrayList<>();
  private final List<Runnable> unanswered = new ArrayList<>();
  private final List<Pending> toRepeat = new ArrayList<>();
  private final long[] partitionEpochs = new long[PARTITIONS];
  private final long[] sequenceNumbers = new long[PARTITIONS];
  private long clock;
  private long calls;
  private int published;
  private boolean isCalm;

  RandomRun(long seed) {
    random = new Random(seed);
  }

  History history() {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      logs.add(new ArrayList<>());
      partitionEpochs[partition] = 1;
    }
    subscribe("effects", Guarantee.EFFECTIVELY_ONCE, true, true, OnExhausted.PARK_KEY);
    subscribe("calls", Guarantee.AT_LEAST_ONCE, true, true, OnExhausted.CONTINUE);
    subscribe("parking", Guarantee.AT_LEAST_ONCE, true, true, OnExhausted.PARK_KEY);
    subscribe("queue", Guarantee.AT_LEAST_ONCE, false, true, OnExhausted.CONTINUE);
    subscribe("once", Guarantee.AT_MOST_ONCE, true, true, OnExhausted.CONTINUE);
    int latecomer = random.nextInt(150);
    for (int step = 0; step < 300; step++) {
      if (step == latecomer) {
        subscribe("latecomer", Guarantee.AT_LEAST_ONCE, true, false, OnExhausted.CONTINUE);
      }
      step();
    }
    calmDown();
    return recorder.history();
  }

  private void subscribe(
      String name, Guarantee guarantee, boolean ordered, boolean earliest, OnExhausted action) {
    Operation.SubscriptionDeclared declared =
        new Operation.SubscriptionDeclared(0, name, TOPIC, guarantee, ordered, earliest, action);
    tell(
        at ->
            new Operation.SubscriptionDeclared(
                at, name, TOPIC, guarantee, ordered, earliest, action));
    for (int partition = 0; partition < PARTITIONS; partition++) {
      workers.add(new RandomWorker(this, declared, partition));
    }
  }

  private void step() {
    int choice = random.nextInt(100);
    if (choice < 15) {
      publish();
    } else if (choice < 30) {
      store(publishers.get(random.nextInt(publishers.size())));
    } else if (choice < 36) {
      answer();
    } else if (choice < 38) {
      int partition = random.nextInt(PARTITIONS);
      partitionEpochs[partition]++;
      tell(
          at ->
              new Operation.LogRecovered(
                  at, TOPIC, partition, partitionEpochs[partition], logs.get(partition).size()));
    } else {
      workers.get(random.nextInt(workers.size())).step();
    }
  }

  private void calmDown() {
    isCalm = true;
    tell(at -> new Operation.FaultEnded(at, "all", Phase.UNKNOWN, ""));
    tell(Operation.Healed::new);
    for (int i = 0; i < 3; i++) {
      publish();
    }
    publishers.forEach(
        publisher -> {
          while (!publisher.isEmpty()) {
            store(publisher);
          }
        });
    while (!unanswered.isEmpty()) {
      answer();
    }
    workers.forEach(RandomWorker::finish);
    for (String reader : List.of("one", "other")) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        int of = partition;
        for (Entry entry : logs.get(partition)) {
          tell(
              at ->
                  new Operation.MessageRead(
                      at,
                      reader,
                      TOPIC,
                      entry.partition,
                      entry.offset,
                      entry.key,
                      entry.value,
                      entry.id));
        }
        tell(at -> new Operation.LogRead(at, reader, TOPIC, of, logs.get(of).size()));
      }
    }
    tell(at -> new Operation.EffectsRead(at, "effects"));
    tell(Operation.Ended::new);
  }

  // Publishing: a publisher's messages in flight are stored in order.

  private void publish() {
    if (!toRepeat.isEmpty() && !isCalm && random.nextInt(4) == 0) {
      Pending again = toRepeat.remove(random.nextInt(toRepeat.size()));
      invoke(again.publisher, again.key, again.value, again.id);
      return;
    }
    int number = published++;
    String key = "key" + random.nextInt(KEYS);
    invoke(
        "publisher" + random.nextInt(publishers.size()),
        key,
        "value" + number,
        random.nextBoolean() ? "id" + number : "");
  }

  private void invoke(String publisher, String key, String value, String id) {
    long call = newCall();
    tell(at -> new Operation.PublishInvoked(at, call, publisher, TOPIC, key, value, id));
    if (!isCalm && random.nextInt(20) == 0) {
      tell(at -> Operation.PublishEnded.failed(at, call));
      return;
    }
    publishers
        .get(publisher.endsWith("0") ? 0 : 1)
        .add(new Pending(call, publisher, key, value, id, !isCalm && random.nextInt(10) == 0));
  }

  private void store(Deque<Pending> publisher) {
    Pending next = publisher.poll();
    if (next == null) {
      return;
    }
    if (next.isLostOnTheWay) {
      unknown(next);
      return;
    }
    Entry known = next.id.isEmpty() ? null : ids.get(next.id);
    Entry entry = known == null ? append(next) : known;
    boolean answered = isCalm || random.nextInt(5) != 0;
    if (answered) {
      Receipt receipt = Receipt.of(TOPIC, entry.key, entry.partition, entry.offset, known != null);
      unanswered.add(() -> tell(at -> Operation.PublishEnded.ok(at, next.call, receipt)));
    } else {
      unknown(next);
    }
  }

  private Entry append(Pending message) {
    int partition = message.key.charAt(3) % PARTITIONS;
    List<Entry> log = logs.get(partition);
    Entry entry = new Entry(partition, log.size(), message.key, message.value, message.id);
    log.add(entry);
    if (!message.id.isEmpty()) {
      ids.put(message.id, entry);
    }
    long number = ++sequenceNumbers[partition];
    long epoch = partitionEpochs[partition];
    tell(at -> new Operation.Stored(at, TOPIC + partition, number, epoch));
    return entry;
  }

  private void unknown(Pending message) {
    toRepeat.add(message);
    if (random.nextBoolean()) {
      unanswered.add(() -> tell(at -> Operation.PublishEnded.unknown(at, message.call)));
    }
  }

  private void answer() {
    if (!unanswered.isEmpty()) {
      unanswered.remove(random.nextInt(unanswered.size())).run();
    }
  }

  // The part that workers use.

  void tell(LongFunction<Operation> operation) {
    // Some operations have the same time.
    clock += random.nextInt(3);
    recorder.record(operation.apply(clock));
  }

  long newCall() {
    return ++calls;
  }

  List<Entry> log(int partition) {
    return logs.get(partition);
  }

  Random random() {
    return random;
  }
}
