package org.perille.proof.workload;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.perille.Compression;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.OnExhausted;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;

/** The topics of a run, with a subscription of every guarantee. */
public final class Workload {
  public static final Topic<Item> LOAD =
      Topic.of("load", Item.class)
          .keyedBy(Workload::keyOf)
          .withPartitions(6)
          .compressed(Compression.LZ4);
  public static final Topic<Item> CHAINED =
      Topic.of("chained", Item.class).keyedBy(Item::key).withPartitions(4);

  /** The cluster role of nodes that own partitions and handle messages. */
  public static final String NODE_ROLE = "node";

  /** The name of the event-sourced subscription of the first topic. */
  public static final String COUNTING = "counting";

  /**
   * The name of another subscription that stands for the messages it publishes to the second topic.
   */
  public static final String PASSED_ON = "counting-passed-on";

  private static final String PASSED_ON_SUFFIX = "-passed-on";

  private static final int TRANSACTIONS = 3;

  private final Subscription<Item> atMostOnce;
  private final Subscription<Item> atLeastOnce;
  private final Subscription<Item> transactional;
  private final EventSourcedSubscription<Item, Counting.Counted> counting;
  private final Subscription<Item> ephemeral;
  private final Subscription<Item> arrivals;
  private final Features features;
  private final boolean oneClock;

  /**
   * Creates the subscriptions of a process.
   *
   * @param database the database of the effects
   */
  public Workload(DataSource database, Witness witness, Timing tempo) {
    this.features = new Features(database, witness, tempo);
    this.oneClock = tempo.oneClock();
    HandlerScript calm = new HandlerScript(Duration.ZERO, tempo.hang(), witness);
    HandlerScript hasty = new HandlerScript(tempo.deadline(), tempo.hang(), witness);
    HandlerScript patient = new HandlerScript(tempo.transactionDeadline(), tempo.hang(), witness);
    RetryPolicy retries =
        RetryPolicy.exponential(tempo.firstRetry(), tempo.lastRetry())
            .givingUpWhen(HandlerError::isPermanent);
    this.atMostOnce =
        Subscription.of("at-most-once", LOAD).atMostOnce(calm::undergo).onNodesWithRole(NODE_ROLE);
    this.atLeastOnce =
        Subscription.of("at-least-once", LOAD)
            .atLeastOnce(hasty::undergo)
            .withDeadline(tempo.deadline())
            .withRetries(retries.withMaxAttempts(5))
            .onExhausted(OnExhausted.CONTINUE)
            .onNodesWithRole(NODE_ROLE);
    this.transactional =
        Subscription.of("transactional", LOAD)
            .effectivelyOnce(effects(database, patient, witness.process()))
            .withDeadline(tempo.transactionDeadline())
            .withRetries(retries.withMaxAttempts(5))
            .onExhausted(OnExhausted.PARK_KEY)
            .onNodesWithRole(NODE_ROLE);
    this.counting =
        Subscription.of(COUNTING, LOAD)
            .effectivelyOnce(new Counting(patient, witness))
            .withDeadline(tempo.transactionDeadline())
            .withRetries(retries.withMaxAttempts(5))
            .onExhausted(OnExhausted.PARK_KEY)
            .onNodesWithRole(NODE_ROLE);
    this.ephemeral =
        Subscription.of("ephemeral", LOAD).ephemeral(calm::undergo).onNodesWithRole(NODE_ROLE);
    this.arrivals =
        Subscription.of("arrivals", CHAINED)
            .effectivelyOnce(effects(database, patient, witness.process()))
            .withRetries(retries.withUnlimitedAttempts())
            .onNodesWithRole(NODE_ROLE);
  }

  private static JdbcHandler<Item> effects(
      DataSource database, HandlerScript ordeal, String process) {
    return JdbcHandler.<Item>of(
            database,
            (connection, delivery) ->
                ordeal.undergo(delivery, item -> EffectTable.insert(connection, delivery, process)))
        .withMaxTransactions(TRANSACTIONS);
  }

  /** Returns the number of connections that the subscriptions' handlers need. */
  public static int connections() {
    return 2 * TRANSACTIONS + Features.connections() + 2;
  }

  private static String keyOf(Item item) {
    if (item.mood() == Item.Mood.KEY_THROWS) {
      HandlerError[] errors = HandlerError.values();
      errors[Math.floorMod(item.value().hashCode(), errors.length)].raise("no key");
    }
    return item.key();
  }

  /** Returns all keys. */
  public static List<String> keys() {
    return KeyKind.all();
  }

  /** Returns the value that represents another one in the second topic. */
  static String passedOn(Item item) {
    return item.value() + PASSED_ON_SUFFIX;
  }

  /** Returns the value that another one represents. */
  static String original(String passedOn) {
    return passedOn.substring(0, passedOn.length() - PASSED_ON_SUFFIX.length());
  }

  /**
   * Returns all subscriptions. A subscription that publishes comes before those that handle its
   * messages.
   */
  public List<Subscription<Item>> subscriptions() {
    return Stream.concat(
            Stream.of(atMostOnce, atLeastOnce, transactional, counting, ephemeral, arrivals),
            features.subscriptions().stream())
        .toList();
  }

  /** Returns the subscriptions that finish all messages, whatever happens. */
  List<Subscription<Item>> durable() {
    return Stream.concat(own().stream(), features.durable().stream()).toList();
  }

  /** Returns the durable subscriptions without those of the topic of features. */
  List<Subscription<Item>> own() {
    return List.of(atMostOnce, atLeastOnce, transactional, counting, arrivals);
  }

  /** Returns the workload that uses the rest of the API. */
  Features features() {
    return features;
  }

  /** Returns whether all nodes share one clock that isn't set. */
  boolean oneClock() {
    return oneClock;
  }

  /** Returns the subscriptions whose keys wait behind a dead letter. */
  List<Subscription<Item>> parking() {
    return Stream.concat(Stream.of(transactional, counting), features.parking().stream()).toList();
  }

  /** Returns the subscriptions whose effects are in the table. */
  List<Subscription<Item>> transactional() {
    return List.of(transactional, arrivals, features.ledger());
  }

  Subscription<Item> arrivals() {
    return arrivals;
  }

  EventSourcedSubscription<Item, Counting.Counted> counting() {
    return counting;
  }

  public Definition[] definitions() {
    return Stream.concat(subscriptions().stream(), Stream.of(Features.RESULTS, Features.LETTERS))
        .toArray(Definition[]::new);
  }
}
