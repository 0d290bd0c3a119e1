package org.perille.proof.workload;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.perille.DeadLetter;
import org.perille.Delivery;
import org.perille.Guarantee;
import org.perille.MessageId;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.testkit.history.FileRecorder;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Operation.Compared;
import org.perille.testkit.history.Operation.DeadLettered;
import org.perille.testkit.history.Operation.Discarded;
import org.perille.testkit.history.Operation.HandlerEntered;
import org.perille.testkit.history.Operation.HandlerLeft;
import org.perille.testkit.history.Operation.OutboxCommitted;
import org.perille.testkit.history.Operation.OutboxInvoked;
import org.perille.testkit.history.Operation.PublishEnded;
import org.perille.testkit.history.Operation.PublishForgotten;
import org.perille.testkit.history.Operation.PublishInvoked;
import org.perille.testkit.history.Operation.Redriven;
import org.perille.testkit.history.Operation.ReplyRead;
import org.perille.testkit.history.Operation.Scheduled;
import org.perille.testkit.history.Operation.StateRead;
import org.perille.testkit.history.Operation.SubscriptionDeclared;
import org.perille.testkit.history.Operation.TransactionCommitted;
import org.perille.testkit.history.Operation.TransactionInvoked;
import org.perille.testkit.history.Outcome;
import org.perille.testkit.history.Recorder;

/** Records the observations of one process. */
public final class Witness implements AutoCloseable {
  /** The pattern of the names of a run's history files. */
  public static final String FILES = "*.history";

  /** The maximum difference between two readings of one clock. */
  private static final Duration CLOCK_ERROR = Duration.ofMillis(20);

  /**
   * The names under which the messages that subscriptions publish are recorded, as effects of
   * others.
   */
  private static final Map<String, String> PASSED_ON =
      Map.of(Workload.COUNTING, Workload.PASSED_ON, "calling", Features.CALLING_PASSED_ON);

  /** The dead letters that were recorded, by name. */
  private final Set<String> letters = ConcurrentHashMap.newKeySet();

  private final String process;
  private final Recorder recorder;
  private final Closeable file;

  private Witness(String process, Recorder recorder, Closeable file) {
    this.process = process;
    this.recorder = recorder;
    this.file = file;
  }

  /** Returns a witness that records in a file, which survives the process. */
  public static Witness open(Path directory, String process) throws IOException {
    FileRecorder file = new FileRecorder(directory.resolve(process + ".history"));
    return new Witness(process, file, file);
  }

  /** Returns a witness that shares a recorder with others. */
  public static Witness of(String process, Recorder recorder) {
    return new Witness(process, recorder, () -> {});
  }

  /** Returns the name of the process. */
  String process() {
    return process;
  }

  /** Returns the recorder. */
  public Recorder recorder() {
    return recorder;
  }

  /** Records a subscription. */
  public void declared(Subscription<?> subscription) {
    SubscriptionDeclared declared = SubscriptionDeclared.of(now(), subscription);
    recorder.record(named(firstName(subscription), declared, declared.guarantee()));
    String passedOn = PASSED_ON.get(subscription.name());
    if (passedOn != null) {
      recorder.record(named(passedOn, declared, Guarantee.EFFECTIVELY_ONCE));
    }
  }

  private static SubscriptionDeclared named(
      String name, SubscriptionDeclared declared, Guarantee guarantee) {
    return new SubscriptionDeclared(
        now(),
        name,
        declared.topic(),
        guarantee,
        declared.ordered(),
        declared.fromEarliest(),
        declared.onExhausted());
  }

  /** A publish that has begun. */
  final class Publishing {
    private final long call;

    private Publishing(long call) {
      this.call = call;
    }

    void stored(Receipt receipt) {
      recorder.record(PublishEnded.ok(now(), call, receipt));
    }

    void refused() {
      recorder.record(PublishEnded.failed(now(), call));
    }

    /** Records that its condition was not met. It is not stored, and needn't be after a healing. */
    void conditionFailed() {
      recorder.record(new PublishForgotten(now(), call));
      refused();
    }

    void unknown() {
      recorder.record(PublishEnded.unknown(now(), call));
    }

    void forgotten() {
      recorder.record(new PublishForgotten(now(), call));
    }

    /** Records that the message is about to be inserted into an outbox. */
    void byOutbox() {
      recorder.record(new OutboxInvoked(now(), call));
    }
  }

  /** A transaction that is about to be committed. */
  final class Transacting {
    private final long transaction;

    private Transacting(long transaction) {
      this.transaction = transaction;
    }

    void committed() {
      recorder.record(new TransactionCommitted(now(), transaction));
    }
  }

  /** Records that publishes are about to be committed as one transaction. */
  Transacting transacting(List<Publishing> publishing) {
    long transaction = recorder.newCall();
    recorder.record(
        new TransactionInvoked(
            now(), transaction, publishing.stream().map(one -> one.call).toList()));
    return new Transacting(transaction);
  }

  /** Records that a message is about to be published, by a thread that publishes in order. */
  Publishing publishing(String topic, Item item, Optional<MessageId> id) {
    return publishing(process, topic, item, id);
  }

  /** Records that a message is about to be published once more, in no order with others. */
  Publishing repeating(String topic, Item item, MessageId id) {
    return publishing(process + " repeats " + recorder.newCall(), topic, item, Optional.of(id));
  }

  /** Records that a handler is about to return a message, which may never be published. */
  void passingOn(Delivery<Item> delivery, String topic, Item item) {
    publishing(
        process + " passes on " + delivery.deliveryId() + "/" + recorder.newCall(),
        topic,
        item,
        Optional.empty());
  }

  /**
   * Records that a handler is about to publish a message. Those for one key of a subscription are
   * in order.
   */
  Publishing publishingFor(Delivery<Item> delivery, String topic, Item item) {
    return publishing(
        delivery.subscription() + " for " + delivery.key(), topic, item, Optional.empty());
  }

  /**
   * Records that a message is about to be published.
   *
   * @param publisher the name under which messages are published in order
   */
  Publishing publishing(String publisher, String topic, Item item, Optional<MessageId> id) {
    long call = recorder.newCall();
    recorder.record(
        new PublishInvoked(
            now(),
            call,
            publisher,
            topic,
            item.key(),
            item.value(),
            id.map(MessageId::value).orElse("")));
    return new Publishing(call);
  }

  /** A handler's attempt that has begun. */
  final class Attempt {
    private final long call;

    private Attempt(long call) {
      this.call = call;
    }

    void succeeded() {
      recorder.record(new HandlerLeft(now(), call, Outcome.OK));
    }

    void failed() {
      recorder.record(new HandlerLeft(now(), call, Outcome.FAILED));
    }
  }

  Attempt entered(Delivery<Item> delivery) {
    long call = recorder.newCall();
    recorder.record(
        new HandlerEntered(
            now(),
            call,
            delivery.subscription(),
            process,
            Operation.UNKNOWN_EPOCH,
            delivery.topic(),
            delivery.partition(),
            delivery.offset(),
            delivery.key(),
            delivery.payload().value(),
            delivery.attempt(),
            delivery.redelivered()));
    return new Attempt(call);
  }

  void deadLettered(DeadLetter letter) {
    letters.add(nameOf(letter.subscription(), letter.partition(), letter.offset()));
    concerned(letter)
        .forEach(
            subscription ->
                recorder.record(
                    new DeadLettered(now(), subscription, letter.partition(), letter.offset())));
  }

  /** Returns the name of a dead letter. */
  static String nameOf(String subscription, long partition, long offset) {
    return subscription + " " + partition + " " + offset;
  }

  /** Returns the names of the dead letters of a subscription that this witness has recorded. */
  Set<String> letters(String subscription) {
    return letters.stream()
        .filter(name -> name.startsWith(subscription + " "))
        .collect(Collectors.toSet());
  }

  void redriven(DeadLetter letter) {
    concerned(letter)
        .forEach(
            subscription ->
                recorder.record(
                    new Redriven(now(), subscription, letter.partition(), letter.offset())));
  }

  void discarded(DeadLetter letter) {
    concerned(letter)
        .forEach(
            subscription ->
                recorder.record(
                    new Discarded(now(), subscription, letter.partition(), letter.offset())));
  }

  /**
   * Returns the subscriptions that a dead letter concerns. A message that isn't counted isn't
   * passed on.
   */
  private static List<String> concerned(DeadLetter letter) {
    String passedOn = PASSED_ON.get(letter.subscription());
    return passedOn == null
        ? List.of(letter.subscription())
        : List.of(letter.subscription(), passedOn);
  }

  /** Records the times of a message that is about to be published, relative to now. */
  void scheduled(String topic, Item item, Duration earliest, Optional<Duration> latest) {
    long now = now();
    recorder.record(
        new Scheduled(
            now,
            topic,
            item.value(),
            now + earliest.minus(CLOCK_ERROR).toNanos(),
            latest.map(in -> now + in.plus(CLOCK_ERROR).toNanos()).orElse(Long.MAX_VALUE)));
  }

  /** Records that the transaction that inserted a message into an outbox has committed. */
  void committed(String topic, String value) {
    recorder.record(new OutboxCommitted(now(), topic, value));
  }

  /** Records a reply that was read. */
  void replied(
      Subscription<?> subscription, String key, Receipt receipt, String value, Optional<?> reply) {
    recorder.record(
        new ReplyRead(
            now(),
            process,
            firstName(subscription),
            receipt.partition(),
            receipt.offset(),
            key,
            value,
            reply.map(Object::toString).orElse("")));
  }

  /** Records a state of a key that was read. */
  void stateRead(
      long invokedAt,
      Subscription<?> subscription,
      int partition,
      String key,
      long effects,
      String lastValue) {
    recorder.record(
        new StateRead(
            now(),
            invokedAt,
            process,
            firstName(subscription),
            partition,
            key,
            effects,
            lastValue));
  }

  /** Records a damage of a message or its thread. Records nothing if there is none. */
  void judge(String where, String key, Item item) {
    if (Thread.currentThread().isInterrupted()) {
      compared("the thread of " + item.value() + " " + where, "not interrupted", "interrupted");
    }
    if (!key.equals(item.key())) {
      compared("the key of " + item.value() + " " + where, item.key(), key);
    }
    if (!Padding.isIntact(item.padding())) {
      compared("the payload of " + item.value() + " " + where, "intact", "damaged");
    }
  }

  /** Records two values that must be equal. */
  void compared(String what, String expected, String found) {
    recorder.record(new Compared(now(), what, expected, found));
  }

  /**
   * Returns the first name of a subscription. Its deliveries and dead letters have this name after
   * a renaming, too.
   */
  static String firstName(Subscription<?> subscription) {
    return subscription.formerName().orElse(subscription.name());
  }

  /** Returns the current time of the history. */
  public static long now() {
    return System.nanoTime();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
