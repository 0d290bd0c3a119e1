package org.perille.proof.workload;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.perille.CircuitBreaker;
import org.perille.Compression;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedSubscription;
import org.perille.Limits;
import org.perille.Message;
import org.perille.OnExpired;
import org.perille.OutsideCall;
import org.perille.PerilleMessage;
import org.perille.RetryPolicy;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;

/**
 * A topic of its own, and subscriptions that use the parts of the API beside the guarantees.
 *
 * <p>These are calls with results, replies and states, a work queue, chosen start positions, a
 * dead-letter topic, a separate cursor table, limits, a circuit breaker, and new names in later
 * runs of a node.
 */
public final class Features {
  public static final Topic<Item> TOPIC =
      Topic.of("features", Item.class)
          .keyedBy(Item::key)
          .withPartitions(2)
          .compressed(Compression.ZSTD);

  /** The topic to which calls publish. It has a codec. */
  static final Topic<Item> RESULTS =
      Topic.of("results", new ItemCodec())
          .keyedBy(Item::key)
          .withPartitions(2)
          .alsoReading(ItemCodec.FIRST)
          .compressed(Compression.NONE);

  /** The topic of the dead letters of several subscriptions. */
  static final Topic<Item> LETTERS =
      Topic.of("letters", Item.class).keyedBy(Item::key).withPartitions(2);

  static final long FIRST_OFFSET = 5;

  /** The name of another subscription that stands for the messages that calls publish. */
  static final String CALLING_PASSED_ON = "calling-passed-on";

  private static final String LEDGER = "ledger";
  private static final String TALLYING = "tallying";
  private static final List<String> PLAIN_KEYS =
      IntStream.range(0, 8).mapToObj(number -> "feature-" + number).toList();
  private static final int TRANSACTIONS = 2;
  private static final Duration LATER = Duration.ofMillis(50);
  private static final CircuitBreaker BREAKER = CircuitBreaker.of(0.9, 20, Duration.ofMillis(200));

  /** The result of a call. No two calls have the same number. */
  record Called(String value, long number) implements PerilleMessage {}

  private final Witness witness;
  private final RetryPolicy retries;
  private final FeatureScript script;
  private final boolean laterLife;
  private final Subscription<Item> calling;
  private final Subscription<Item> asyncCalling;
  private final Subscription<Item> queue;
  private final Subscription<Item> fromOffset;
  private final Subscription<Item> ledger;
  private volatile Optional<EventSourcedSubscription<Item, Tallying.Tally>> tallying =
      Optional.empty();

  /**
   * Creates the subscriptions of a process.
   *
   * @param database the database of the effects
   */
  Features(DataSource database, Witness witness, Timing tempo) {
    this.witness = witness;
    this.retries =
        RetryPolicy.exponential(tempo.firstRetry(), tempo.lastRetry())
            .withMaxAttempts(5)
            .givingUpWhen(HandlerError::isPermanent);
    this.script = new FeatureScript(witness);
    this.laterLife = witness.process().matches("node-.*\\.([2-9]|\\d{2,})");
    this.calling =
        here(
            Subscription.of("calling", TOPIC)
                .atLeastOnce(OutsideCall.of(this::call, this::passOn))
                .withRetries(retries));
    this.asyncCalling =
        here(
            Subscription.of("async-calling", TOPIC)
                .atLeastOnce(OutsideCall.async(this::callLater))
                .withRetries(retries));
    this.queue =
        here(
            Subscription.of("queue", TOPIC)
                .atLeastOnce(script::handle)
                .unordered()
                .withRetries(RetryPolicy.never().givingUpWhen(HandlerError::isPermanent))
                .withCircuitBreaker(BREAKER)
                .withDeadLetterTopic(LETTERS));
    this.fromOffset =
        here(
            Subscription.of("from-offset", TOPIC)
                .atLeastOnce(script::handle)
                .startingAt(StartPosition.offset(FIRST_OFFSET))
                .withRetries(retries));
    Subscription<Item> transactional =
        here(
            Subscription.of(name(LEDGER), TOPIC)
                .effectivelyOnce(
                    JdbcHandler.<Item>of(
                            database,
                            (connection, delivery) ->
                                script.handle(
                                    delivery,
                                    item ->
                                        EffectTable.insert(
                                            connection, delivery, witness.process())))
                        .withMaxTransactions(TRANSACTIONS)
                        .withCursorTable("ledger_cursor")
                        .withTransactions(new OwnTransactions(database)))
                .withRetries(retries));
    this.ledger = laterLife ? transactional.formerly(LEDGER) : transactional;
  }

  private Subscription<Item> here(Subscription<Item> subscription) {
    return subscription.onNodesWithRole(Workload.NODE_ROLE);
  }

  /** Returns the name of a subscription, which is another one in later runs of a node. */
  private String name(String first) {
    return laterLife ? first + "-renamed" : first;
  }

  private Called call(Delivery<Item> delivery) throws Exception {
    script.handle(delivery);
    return new Called(delivery.payload().value(), witness.recorder().newCall());
  }

  /** Fails either by throwing or with its stage. */
  private CompletionStage<Called> callLater(Delivery<Item> delivery) throws Exception {
    try {
      return CompletableFuture.completedFuture(call(delivery));
    } catch (Throwable e) {
      if (delivery.attempt() == 1) {
        throw e;
      }
      return CompletableFuture.failedFuture(e);
    }
  }

  private Effect<?> passOn(Delivery<Item> delivery, Called result) {
    Item passedOn =
        Item.of(delivery.key(), Workload.passedOn(delivery.payload()), Item.Mood.NORMAL);
    witness.passingOn(delivery, RESULTS.name(), passedOn);
    return Effect.none()
        .publish(RESULTS, Message.of(passedOn).notBefore(Instant.now().plus(LATER)));
  }

  /**
   * Defines the subscription that is registered when there are messages already.
   *
   * @param begin the time from which on durable messages are handled
   */
  EventSourcedSubscription<Item, Tallying.Tally> defineLate(Instant begin) {
    EventSourcedSubscription<Item, Tallying.Tally> late =
        Subscription.of(name(TALLYING), TOPIC)
            .effectivelyOnce(new Tallying(script))
            .startingAt(StartPosition.timestamp(begin))
            .withRetries(retries)
            .withParallelism(8)
            .withLimits(Limits.none().withConcurrencyPerNode(6))
            .withCircuitBreaker(BREAKER)
            .withDeadLetterTopic(LETTERS)
            .onExpired(OnExpired.DROP)
            .onNodesWithRole(Workload.NODE_ROLE);
    return laterLife ? late.formerly(TALLYING) : late;
  }

  /** Sets the late subscription, once it is registered on this node. */
  void registered(EventSourcedSubscription<Item, Tallying.Tally> late) {
    tallying = Optional.of(late);
  }

  /** Returns the late subscription. Empty until it is registered on this node. */
  Optional<EventSourcedSubscription<Item, Tallying.Tally>> tallying() {
    return tallying;
  }

  static List<String> keys() {
    return Stream.concat(PLAIN_KEYS.stream(), KeyKind.samples().stream()).toList();
  }

  static List<String> plainKeys() {
    return PLAIN_KEYS;
  }

  static int connections() {
    return TRANSACTIONS;
  }

  Subscription<Item> calling() {
    return calling;
  }

  Subscription<Item> asyncCalling() {
    return asyncCalling;
  }

  Subscription<Item> fromOffset() {
    return fromOffset;
  }

  Subscription<Item> ledger() {
    return ledger;
  }

  /** Returns the subscriptions that exist from the start. */
  List<Subscription<Item>> subscriptions() {
    return List.of(calling, asyncCalling, queue, fromOffset, ledger);
  }

  /** Returns all subscriptions. They finish all messages, whatever happens. */
  List<Subscription<Item>> durable() {
    return Stream.concat(subscriptions().stream(), tallying.stream()).toList();
  }

  /** Returns the subscriptions whose keys wait behind a dead letter. */
  List<Subscription<Item>> parking() {
    return Stream.concat(Stream.of(ledger), tallying.stream()).toList();
  }

  /** Returns the subscriptions whose dead letters are published. */
  List<Subscription<Item>> publishingLetters() {
    return Stream.concat(Stream.of(queue), tallying.stream()).toList();
  }
}
