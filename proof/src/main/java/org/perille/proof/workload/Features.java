package org.perille.proof.workload;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.perille.CircuitBreaker;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedSubscription;
import org.perille.Limits;
import org.perille.OnExpired;
import org.perille.OutsideCall;
import org.perille.PerilleMessage;
import org.perille.RetryPolicy;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;

/**
 * A topic of its own, and subscriptions that make use of what the API offers beside the guarantees:
 * calls with results, replies and states, a work queue, chosen beginnings, a dead-letter topic, a
 * cursor table of its own, limits, a circuit breaker, and new names in the later lives of a node.
 */
public final class Features {
  public static final Topic<Item> TOPIC =
      Topic.of("features", Item.class).keyedBy(Item::key).withPartitions(2);

  /** What calls publish. */
  static final Topic<Item> RESULTS =
      Topic.of("results", Item.class).keyedBy(Item::key).withPartitions(2);

  /** The dead letters of several subscriptions. */
  static final Topic<Item> LETTERS =
      Topic.of("letters", Item.class).keyedBy(Item::key).withPartitions(2);

  static final long FIRST_OFFSET = 5;

  /** What calls publish, looked at as the effects of a subscription of its own. */
  static final String CALLING_PASSED_ON = "calling-passed-on";

  private static final String LEDGER = "ledger";
  private static final String TALLYING = "tallying";
  private static final int KEYS = 12;
  private static final int TRANSACTIONS = 2;
  private static final CircuitBreaker BREAKER = new CircuitBreaker(0.9, 20, Duration.ofMillis(200));

  /** The result of a call; no two calls have the same number. */
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
   * What a process handles of them.
   *
   * @param database where effects go
   */
  Features(DataSource database, Witness witness, Timing tempo) {
    this.witness = witness;
    this.retries =
        RetryPolicy.exponential(tempo.firstRetry(), tempo.lastRetry())
            .withMaxAttempts(5)
            .givingUpWhen(ForbiddenException.class::isInstance);
    this.script = new FeatureScript(witness);
    this.laterLife = witness.process().matches("node-.*\\.([2-9]|\\d{2,})");
    this.calling =
        here(
            Subscription.of("calling", TOPIC)
                .atLeastOnce(OutsideCall.<Item, Called>of(this::call).then(this::passOn))
                .withRetries(retries));
    this.asyncCalling =
        here(
            Subscription.of("async-calling", TOPIC)
                .atLeastOnce(
                    OutsideCall.<Item, Called>async(
                        delivery -> CompletableFuture.completedFuture(call(delivery))))
                .withRetries(retries));
    this.queue =
        here(
            Subscription.of("queue", TOPIC)
                .atLeastOnce(script::handle)
                .unordered()
                .withRetries(RetryPolicy.never().givingUpWhen(ForbiddenException.class::isInstance))
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
                        .withCursorTable("ledger_cursor"))
                .withRetries(retries));
    this.ledger = laterLife ? transactional.formerly(LEDGER) : transactional;
  }

  private Subscription<Item> here(Subscription<Item> subscription) {
    return subscription.onNodesWithRole(Workload.NODE_ROLE);
  }

  /** In the later lives of a node its subscriptions have other names. */
  private String name(String first) {
    return laterLife ? first + "-renamed" : first;
  }

  private Called call(Delivery<Item> delivery) throws Exception {
    script.handle(delivery);
    return new Called(delivery.message().value(), witness.recorder().newCall());
  }

  private Effect<?> passOn(Delivery<Item> delivery, Called result) {
    Item passedOn =
        Item.of(delivery.key(), Workload.passedOn(delivery.message()), Item.Mood.NORMAL);
    witness.passingOn(delivery, RESULTS.name(), passedOn);
    return Effect.none().publish(RESULTS, passedOn);
  }

  /**
   * Defines the subscription that comes when there are messages already.
   *
   * @param begin it handles what became durable at or after this time
   */
  EventSourcedSubscription<Item, Tallying.Tally> defineLate(Instant begin) {
    EventSourcedSubscription<Item, Tallying.Tally> late =
        Subscription.of(name(TALLYING), TOPIC)
            .effectivelyOnce(new Tallying(script))
            .startingAt(StartPosition.timestamp(begin))
            .withRetries(retries)
            .withParallelism(8)
            .withLimits(Limits.NONE.withConcurrencyPerNode(6))
            .withCircuitBreaker(BREAKER)
            .withDeadLetterTopic(LETTERS)
            .onExpired(OnExpired.DROP)
            .onNodesWithRole(Workload.NODE_ROLE);
    return laterLife ? late.formerly(TALLYING) : late;
  }

  /** From now on it is registered on this node. */
  void registered(EventSourcedSubscription<Item, Tallying.Tally> late) {
    tallying = Optional.of(late);
  }

  /** The subscription that comes later, once it is registered on this node. */
  Optional<EventSourcedSubscription<Item, Tallying.Tally>> tallying() {
    return tallying;
  }

  static List<String> keys() {
    return IntStream.range(0, KEYS).mapToObj(number -> "feature-" + number).toList();
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

  /** Those of the beginning. */
  List<Subscription<Item>> subscriptions() {
    return List.of(calling, asyncCalling, queue, fromOffset, ledger);
  }

  /** All of them; they finish what they have seen, whatever happens. */
  List<Subscription<Item>> durable() {
    return Stream.concat(subscriptions().stream(), tallying.stream()).toList();
  }

  /** Those whose keys wait behind a dead letter. */
  List<Subscription<Item>> parking() {
    return Stream.concat(Stream.of(ledger), tallying.stream()).toList();
  }

  /** Those whose dead letters are published. */
  List<Subscription<Item>> publishingLetters() {
    return Stream.concat(Stream.of(queue), tallying.stream()).toList();
  }
}
