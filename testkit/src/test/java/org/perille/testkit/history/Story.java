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
 * Tells a history, a sentence an operation. What was told can be changed afterwards; so an anomaly
 * is planted into a history that is good without it.
 */
final class Story {
  /** What operations are apart, so that others can be put between them. */
  static final long STEP = 100;

  /** A message that somebody published. */
  record Sent(String topic, String key, String value, String id, int partition, long offset) {}

  private final List<Operation> told = new ArrayList<>();
  private final Map<String, Operation.SubscriptionDeclared> subscriptions = new LinkedHashMap<>();
  private final Map<String, Long> incarnations = new LinkedHashMap<>();
  private final Map<String, Long> ends = new LinkedHashMap<>();
  private final List<Sent> stored = new ArrayList<>();
  private final List<Operation.EffectFound> effects = new ArrayList<>();
  private long calls;

  History history() {
    return History.of(told);
  }

  // Telling.

  Story tell(LongFunction<Operation> operation) {
    long last = told.isEmpty() ? 0 : told.get(told.size() - 1).at();
    told.add(operation.apply(last + STEP));
    return this;
  }

  Story subscription(String name, String topic, Guarantee guarantee) {
    return declare(new Operation.SubscriptionDeclared(0, name, topic, guarantee, true));
  }

  Story workQueue(String name, String topic) {
    return declare(
        new Operation.SubscriptionDeclared(0, name, topic, Guarantee.AT_LEAST_ONCE, false));
  }

  Story declare(Operation.SubscriptionDeclared subscription) {
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

  /** Published with success. */
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

  /** Published, stored, and nobody knows. */
  Sent publishUnknown(String publisher, String topic, String key, String value, int partition) {
    String id = "id-" + value;
    long call = newCall();
    tell(at -> new Operation.PublishInvoked(at, call, publisher, topic, key, value, id));
    Sent sent = store(topic, key, value, id, partition);
    tell(at -> Operation.PublishEnded.unknown(at, call));
    return sent;
  }

  /** Published once more under its id. */
  Story publishAgain(String publisher, Sent sent) {
    long call = newCall();
    tell(
        at ->
            new Operation.PublishInvoked(
                at, call, publisher, sent.topic, sent.key, sent.value, sent.id));
    return tell(at -> Operation.PublishEnded.ok(at, call, receipt(sent, true)));
  }

  Story publishInVain(String publisher, String topic, String key, String value, Outcome outcome) {
    long call = newCall();
    tell(at -> new Operation.PublishInvoked(at, call, publisher, topic, key, value, ""));
    return tell(at -> new Operation.PublishEnded(at, call, outcome, -1, -1, false));
  }

  private Sent store(String topic, String key, String value, String id, int partition) {
    long offset = ends.merge(topic + partition, 1L, Long::sum) - 1;
    Sent sent = new Sent(topic, key, value, id, partition, offset);
    stored.add(sent);
    return sent;
  }

  static Receipt receipt(Sent sent, boolean duplicate) {
    return new Receipt(sent.topic, sent.partition, sent.offset, duplicate);
  }

  /** Handled with success by all these subscriptions, one after the other. */
  Story handle(Sent sent, String... by) {
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
    tell(
        at ->
            entered(
                at, call, sent, subscription, incarnation(subscription, sent.partition), attempt));
    return call;
  }

  static Operation.HandlerEntered entered(
      long at, long call, Sent sent, String subscription, long incarnation, int attempt) {
    return new Operation.HandlerEntered(
        at,
        call,
        subscription,
        "node",
        incarnation,
        sent.topic,
        sent.partition,
        sent.offset,
        sent.key,
        sent.value,
        attempt);
  }

  Story leave(long call, Outcome outcome) {
    return tell(at -> new Operation.HandlerLeft(at, call, outcome));
  }

  Story effect(Sent sent, String subscription) {
    effects.add(
        new Operation.EffectFound(
            0,
            effects.size() + 1,
            subscription,
            sent.partition,
            sent.offset,
            sent.key,
            sent.value,
            incarnation(subscription, sent.partition)));
    return this;
  }

  long incarnation(String subscription, int partition) {
    return incarnations.computeIfAbsent(subscription + partition, any -> 1L);
  }

  /** The worker is gone, and its successor begins at this cursor. */
  Story crash(String subscription, int partition, long below, Long... above) {
    long incarnation = incarnations.merge(subscription + partition, 1L, (old, one) -> old + 1) + 1;
    incarnations.put(subscription + partition, incarnation);
    return tell(
        at ->
            new Operation.CursorRecovered(
                at, subscription, partition, incarnation, below, List.of(above)));
  }

  /** The final log is read, by as many readers as told, and the effects. */
  Story readAll(String... readers) {
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
                  effect.incarnation()));
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

  Story without(Predicate<Operation> unwanted) {
    if (!told.removeIf(unwanted)) {
      throw new AssertionError("nothing to leave out");
    }
    return this;
  }

  /** Puts an operation behind the first one that is meant, before all others. */
  Story after(Predicate<Operation> anchor, LongFunction<Operation> inserted) {
    int place = place(anchor);
    long at = told.get(place).at();
    int next = place + 1;
    while (next < told.size() && told.get(next).at() < at + STEP / 2) {
      next++;
    }
    told.add(next, inserted.apply(told.get(next - 1).at() + 1));
    return this;
  }

  Story before(Predicate<Operation> anchor, LongFunction<Operation> inserted) {
    int place = place(anchor);
    told.add(place, inserted.apply(told.get(place).at() - 1));
    return this;
  }

  Story replace(Predicate<Operation> anchor, LongFunction<Operation> by) {
    int place = place(anchor);
    told.set(place, by.apply(told.get(place).at()));
    return this;
  }

  @SuppressWarnings("unchecked")
  <O extends Operation> O find(Class<O> kind, Predicate<O> wanted) {
    return (O) told.get(place(any -> kind.isInstance(any) && wanted.test((O) any)));
  }

  private int place(Predicate<Operation> anchor) {
    for (int i = 0; i < told.size(); i++) {
      if (anchor.test(told.get(i))) {
        return i;
      }
    }
    throw new AssertionError("no such operation in the story");
  }
}
