package org.perille.proof.delivery;

import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.perille.Compression;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogMessage;
import org.perille.internal.payload.PayloadCodec;
import org.perille.proof.simulation.Choices;
import org.perille.testkit.history.Outcome;

/**
 * The application: it publishes numbered messages through the publishers of two nodes, and decides
 * how its handler behaves for each.
 */
final class ModelApplication {
  private static final int KEYS = 4;
  private static final int MAX_MESSAGES = 60;

  /** Headers that make it worthwhile to compress a batch with one of these messages. */
  private static final Map<String, String> COMPRESSIBLE = Map.of("padding", "a".repeat(600));

  private final Simulation scenario;
  private final Choices random;
  private final PayloadCodec<String> codec;
  private final List<ModelPublisher> publishers;

  /** The conditions by the numbers of the messages. A message is repeated with its condition. */
  private final Map<Integer, LogCondition> conditionOf = new HashMap<>();

  private final ConditionCheck conditions;
  private final List<LogMessage> unknown = new ArrayList<>();
  private final List<HandlerBehavior> behaviors = new ArrayList<>();

  /** The period of the clocks in which each message was made. */
  private final List<Integer> madeIn = new ArrayList<>();

  private boolean repaired;

  ModelApplication(Simulation scenario) {
    this.scenario = scenario;
    this.random = scenario.random();
    this.conditions = new ConditionCheck(scenario);
    this.codec = new PayloadCodec<>(scenario.system(), String.class);
    this.publishers =
        List.of(
            new ModelPublisher(scenario, "a", Compression.LZ4),
            new ModelPublisher(scenario, "b", Compression.ZSTD));
  }

  ConditionCheck conditions() {
    return conditions;
  }

  String anyKey() {
    return "k" + random.nextInt(KEYS);
  }

  /** Returns all keys. */
  List<String> keys() {
    return IntStream.range(0, KEYS).mapToObj(number -> "k" + number).toList();
  }

  /** Returns the period of the clocks in which the message at an offset was made. */
  int madeIn(long offset) {
    return madeIn.get(number(offset));
  }

  /** Returns how the handler behaves for the message at an offset. */
  HandlerBehavior behavior(long offset) {
    return repaired ? HandlerBehavior.fine() : behaviors.get(number(offset));
  }

  private int number(long offset) {
    return Integer.parseInt(scenario.topic().value(offset));
  }

  /** Repairs the handler. From now on it handles every message. */
  void repair() {
    repaired = true;
  }

  /** Publishes up to three new messages, or one of unknown outcome once more. */
  void publish() {
    if (!unknown.isEmpty() && random.nextInt(4) == 0) {
      publish(unknown.remove(random.nextInt(unknown.size())));
    } else if (behaviors.size() < MAX_MESSAGES) {
      for (int i = random.nextInt(3); i >= 0 && behaviors.size() < MAX_MESSAGES; i--) {
        HandlerBehavior behavior = HandlerBehavior.any(random);
        if (random.nextInt(4) == 0) {
          publishNewOnCondition(behavior);
        } else {
          publishNew(behavior);
        }
      }
    }
  }

  /** Publishes a message for which the handler behaves in a given way. */
  void publishNew(HandlerBehavior behavior) {
    publish(newMessage(behavior));
  }

  private void publishNewOnCondition(HandlerBehavior behavior) {
    LogMessage message = newMessage(behavior);
    condition(message);
    publish(message);
  }

  private LogMessage newMessage(HandlerBehavior behavior) {
    behaviors.add(behavior);
    madeIn.add(scenario.clock().period());
    return message(behaviors.size() - 1);
  }

  /** Gives a message a condition: mostly one that holds now, or one that held before. */
  private void condition(LogMessage message) {
    long end = scenario.topic().end();
    long at = random.nextInt(3) > 0 ? end : random.nextInt((int) end + 1);
    LogCondition condition = new LogCondition(conditions.lastBefore(message.key(), at));
    int number = behaviors.size() - 1;
    conditions.made(number, condition);
    conditionOf.put(number, condition);
  }

  private void publish(LogMessage message) {
    int number = Integer.parseInt(message.payload().toStringUtf8());
    Optional<LogCondition> condition = Optional.ofNullable(conditionOf.get(number));
    scenario.tell(
        "publishes",
        message.payload().toStringUtf8(),
        "of",
        message.key(),
        "as '" + message.id() + "',",
        behaviors.get(number),
        message.times(),
        condition.map(LogCondition::expected));
    random.any(publishers).publish(message, condition);
  }

  private LogMessage message(int number) {
    try {
      PayloadCodec.Encoded text = codec.encode(Integer.toString(number));
      long now = scenario.clock().millis();
      long notBefore = random.nextInt(10) == 9 ? now + random.nextInt(200) : 0;
      long notAfter =
          random.nextInt(100) < scenario.setup().expiring() ? now + random.nextInt(400) : 0;
      return new LogMessage(
          anyKey(),
          random.nextBoolean() ? "id " + number : "",
          number % 3 == 0 ? COMPRESSIBLE : Map.of(),
          text.serializerId(),
          text.manifest(),
          text.payload(),
          new LogMessage.Times(notBefore, notAfter));
    } catch (NotSerializableException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Records the outcome of a publish. Messages of unknown outcome can be published again. */
  void published(LogMessage message, Outcome outcome) {
    if (outcome == Outcome.UNKNOWN && !message.id().isEmpty()) {
      unknown.add(message);
    }
  }

  void repeatOfAny() {
    random.any(publishers).repeat();
  }

  /** Reads the log once for a publisher whose messages have undecided conditions. */
  void readOfAny() {
    random.any(publishers).readLog();
  }

  void readOfAll() {
    publishers.forEach(ModelPublisher::readLog);
  }

  void repeatAll() {
    publishers.forEach(ModelPublisher::repeat);
  }

  void expireOfAny() {
    random.any(publishers).expire();
  }

  void crashPublisher() {
    scenario.mark(Mark.PUBLISHER_CRASHED);
    random.any(publishers).crash();
  }

  /** Returns whether no message is under way. */
  boolean isIdle() {
    return publishers.stream().allMatch(ModelPublisher::isIdle);
  }
}
