package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import org.perille.Guarantee;
import org.perille.Receipt;

/**
 * A builder of histories, with one method for each kind of operation.
 *
 * <p>The history can be changed afterwards. So an anomaly is planted into a history that is good
 * without it.
 */
final class Scenario {
  /** The distance between operations, so that others can be inserted. */
  static final long STEP = 100;

  /** A published message. */
  record Sent(String topic, String key, String value, String id, int partition, long offset) {}

  private final List<Operation> told = new ArrayList<>();
  private final Map<String, Operation.SubscriptionDeclared> subscriptions = new LinkedHashMap<>();
  private final Map<String, Long> epochs = new LinkedHashMap<>();
  private final Map<String, Long> ends = new LinkedHashMap<>();
  private final List<Sent> stored = new ArrayList<>();
  private final List<Operation.EffectFound> effects = new ArrayList<>();
  private long calls;
  private long idle;

  History history() {
    return History.of(told);
  }

  // Building.

  Scenario tell(LongFunction<Operation> operation) {
    long last = told.isEmpty() ? 0 : told.get(told.size() - 1).at();
    told.add(operation.apply(last + STEP + idle));
    idle = 0;
    return this;
  }

  /** Lets time pass without operations. */
  Scenario pass(long time) {
    idle += time;
    return this;
  }

  Scenario subscription(String name, String topic, Guarantee guarantee) {
    return declare(new Operation.SubscriptionDeclared(0, name, topic, guarantee, true));
  }

  Scenario workQueue(String name, String topic) {
    return declare(
        new Operation.SubscriptionDeclared(0, name, topic, Guarantee.AT_LEAST_ONCE, false));
  }

  Scenario declare(Operation.SubscriptionDeclared subscription) {
    subscriptions.put(subscription.subscription(), subscription);
    return tell(
        at ->
            new Operation.SubscriptionDeclared(
                at,
                subscription.subscription(),
                subscription.topic(),
                subscription.guarantee(),
                subscription.ordered(),
                subscription.fromEarliest(),
                subscription.onExhausted()));
  }

  long newCall() {
    return ++calls;
  }

  /** Adds a successful publish. */
  Sent publish(String publisher, String topic, String key, String value, int partition) {
    return publish(publisher, topic, key, value, "id-" + value, partition);
  }

  Sent publish(String publisher, String topic, String key, String value, String id, int partition) {
    long call = newCall();
    tell(at -> new Operation.PublishInvoked(at, call, publisher, topic, key, value, id));
    Sent sent = store(topic, key, value, id, partition);
    tell(at -> Operation.PublishEnded.ok(at, call, receipt(sent, false)));
    return sent;
  }

  /** Adds a publish that is stored, with an unknown outcome. */
  Sent publishUnknown(String publisher, String topic, String key, String value, int partition) {
    String id = "id-" + value;
    long call = newCall();
    tell(at -> new Operation.PublishInvoked(at, call, publisher, topic, key, value, id));
    Sent sent = store(topic, key, value, id, partition);
    tell(at -> Operation.PublishEnded.unknown(at, call));
    return sent;
  }

  /** Published without a receipt, and stored. */
  Sent forget(String publisher, String topic, String key, String value, int partition) {
    long call = newCall();
    tell(at -> new Operation.PublishInvoked(at, call, publisher, topic, key, value, ""));
    Sent sent = store(topic, key, value, "", partition);
    tell(at -> new Operation.PublishForgotten(at, call));
    return sent;
  }

  /** Inserted into an outbox by a transaction that commits, and stored. */
  Sent insert(String publisher, String topic, String key, String value, String id, int partition) {
    insertInVain(publisher, topic, key, value, id);
    tell(at -> new Operation.OutboxCommitted(at, topic, value));
    return store(topic, key, value, id, partition);
  }

  /** Inserted into an outbox by a transaction of which nothing more is known. */
  long insertInVain(String publisher, String topic, String key, String value, String id) {
    long call = newCall();
    tell(at -> new Operation.PublishInvoked(at, call, publisher, topic, key, value, id));
    tell(at -> new Operation.OutboxInvoked(at, call));
    return call;
  }

  /** Adds a reading of the reply to a message. */
  Scenario reply(Sent sent, String value, String reply) {
    return tell(
        at ->
            new Operation.ReplyRead(
                at,
                "reader",
                CorrectScenario.PAYMENT,
                sent.partition,
                sent.offset,
                sent.key,
                value,
                reply));
  }

  /** Adds a reading of a state, with its request just before. */
  Scenario state(String key, int partition, long effects, String lastValue) {
    return tell(
        at ->
            new Operation.StateRead(
                at, at - 1, "reader", CorrectScenario.PAYMENT, partition, key, effects, lastValue));
  }

  /** Adds a repeated publish under the same id. */
  Scenario publishAgain(String publisher, Sent sent) {
    long call = newCall();
    tell(
        at ->
            new Operation.PublishInvoked(
                at, call, publisher, sent.topic, sent.key, sent.value, sent.id));
    return tell(at -> Operation.PublishEnded.ok(at, call, receipt(sent, true)));
  }

  Scenario publishInVain(
      String publisher, String topic, String key, String value, Outcome outcome) {
    long call = newCall();
    tell(at -> new Operation.PublishInvoked(at, call, publisher, topic, key, value, ""));
    return tell(at -> new Operation.PublishEnded(at, call, outcome, -1, -1, false));
  }

  /** Stores a message a second time, as a new message. */
  Sent storeAgain(Sent sent) {
    return store(sent.topic, sent.key, sent.value, sent.id, sent.partition);
  }

  /** Adds successful publishes, one after the other, that are stored in reverse order. */
  List<Sent> publishReordered(String publisher, String topic, String key, int partition) {
    long one = newCall();
    long two = newCall();
    tell(at -> new Operation.PublishInvoked(at, one, publisher, topic, key, key + "-1", ""));
    tell(at -> new Operation.PublishInvoked(at, two, publisher, topic, key, key + "-2", ""));
    Sent second = store(topic, key, key + "-2", "", partition);
    Sent first = store(topic, key, key + "-1", "", partition);
    tell(at -> Operation.PublishEnded.ok(at, two, receipt(second, false)));
    tell(at -> Operation.PublishEnded.ok(at, one, receipt(first, false)));
    return List.of(second, first);
  }

  /** Stores a message that was inserted into an outbox before. */
  Sent storeLate(String topic, String key, String value, int partition) {
    return store(topic, key, value, "", partition);
  }

  private Sent store(String topic, String key, String value, String id, int partition) {
    long offset = ends.merge(topic + partition, 1L, Long::sum) - 1;
    Sent sent = new Sent(topic, key, value, id, partition, offset);
    stored.add(sent);
    return sent;
  }

  static Receipt receipt(Sent sent, boolean duplicate) {
    return Receipt.of(sent.topic, sent.key, sent.partition, sent.offset, duplicate);
  }

  /** Adds successful attempts of all these subscriptions, one after the other. */
  Scenario handle(Sent sent, String... by) {
    for (String subscription : by) {
      long call = enter(sent, subscription, 1);
      leave(call, Outcome.OK);
      if (subscriptions.get(subscription).guarantee() == Guarantee.EFFECTIVELY_ONCE) {
        effect(sent, subscription);
      }
    }
    return this;
  }

  long enter(Sent sent, String subscription, int attempt) {
    long call = newCall();
    tell(at -> entered(at, call, sent, subscription, epoch(subscription, sent.partition), attempt));
    return call;
  }

  static Operation.HandlerEntered entered(
      long at, long call, Sent sent, String subscription, long epoch, int attempt) {
    return new Operation.HandlerEntered(
        at,
        call,
        subscription,
        "node",
        epoch,
        sent.topic,
        sent.partition,
        sent.offset,
        sent.key,
        sent.value,
        attempt);
  }

  Scenario leave(long call, Outcome outcome) {
    return tell(at -> new Operation.HandlerLeft(at, call, outcome));
  }

  Scenario effect(Sent sent, String subscription) {
    effects.add(
        new Operation.EffectFound(
            0,
            effects.size() + 1,
            subscription,
            sent.partition,
            sent.offset,
            sent.key,
            sent.value,
            epoch(subscription, sent.partition)));
    return this;
  }

  long epoch(String subscription, int partition) {
    return epochs.computeIfAbsent(subscription + partition, any -> 1L);
  }

  /** Adds the start of a worker's successor at this cursor. */
  Scenario crash(String subscription, int partition, long below, Long... above) {
    long epoch = epoch(subscription, partition) + 1;
    epochs.put(subscription + partition, epoch);
    return tell(
        at ->
            new Operation.CursorRecovered(
                at, subscription, partition, epoch, below, List.of(above)));
  }

  /** Adds the reads of the final log, by these readers, and of the effects. */
  Scenario readAll(String... readers) {
    for (String reader : readers) {
      for (Sent sent : stored) {
        tell(at -> read(at, reader, sent));
      }
      for (String log : ends.keySet()) {
        String topic = log.substring(0, log.length() - 1);
        int partition = log.charAt(log.length() - 1) - '0';
        tell(at -> new Operation.LogRead(at, reader, topic, partition, ends.get(log)));
      }
    }
    for (Operation.EffectFound effect : effects) {
      tell(
          at ->
              new Operation.EffectFound(
                  at,
                  effect.order(),
                  effect.subscription(),
                  effect.partition(),
                  effect.offset(),
                  effect.key(),
                  effect.value(),
                  effect.epoch()));
    }
    for (Operation.SubscriptionDeclared subscription : subscriptions.values()) {
      if (subscription.guarantee() == Guarantee.EFFECTIVELY_ONCE) {
        tell(at -> new Operation.EffectsRead(at, subscription.subscription()));
      }
    }
    return this;
  }

  static Operation.MessageRead read(long at, String reader, Sent sent) {
    return new Operation.MessageRead(
        at, reader, sent.topic, sent.partition, sent.offset, sent.key, sent.value, sent.id);
  }

  // Changing.

  Scenario without(Predicate<Operation> unwanted) {
    if (!told.removeIf(unwanted)) {
      throw new AssertionError("nothing to leave out");
    }
    return this;
  }

  Scenario replace(Predicate<Operation> anchor, LongFunction<Operation> by) {
    int place = place(anchor);
    told.set(place, by.apply(told.get(place).at()));
    return this;
  }

  /** Returns the first operation that satisfies the predicate. */
  Operation find(Predicate<Operation> wanted) {
    return told.get(place(wanted));
  }

  /** Returns the last operation. */
  Operation last() {
    return told.get(told.size() - 1);
  }

  private int place(Predicate<Operation> anchor) {
    for (int i = 0; i < told.size(); i++) {
      if (anchor.test(told.get(i))) {
        return i;
      }
    }
    throw new AssertionError("no such operation in the scenario");
  }
}
