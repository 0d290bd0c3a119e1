package org.perille.testkit;

import com.google.protobuf.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.perille.DeadLetter;
import org.perille.DeadLetterException;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.Topic;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.handler.WorkerTime;
import org.perille.internal.log.LogMessage;
import org.perille.sharding.internal.NodeEnvironment;
import org.perille.sharding.internal.bootstrap.PerilleNode;

/**
 * Perille in a test: a node with everything in memory, whose clock, failures and crashes the test
 * controls.
 *
 * <pre>{@code
 * try (PerilleTestKit kit = PerilleTestKit.start(payment)) {
 *   kit.publish(orders, new Order("o-1", 5));
 *   kit.awaitAllHandled();
 *   assertThat(kit.handled(payment)).containsExactly(new Order("o-1", 5));
 * }
 * }</pre>
 *
 * <p>Each kit has a cluster of one node, a database and a clock of its own. Tests share no state,
 * and kits run in parallel.
 *
 * <p><b>Failure</b>: a wait that times out throws an {@link AssertionError}. Its message says what
 * arrived, what is missing, what is retried, and why.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class PerilleTestKit implements AutoCloseable {
  /**
   * The default of {@link #withPolling}: the time-out for an event that should happen at once.
   *
   * <p>Long enough for an overloaded machine.
   */
  public static final Duration DEFAULT_POLLING = Duration.ofSeconds(30);

  /** The delay after which a worker notices that the clock was moved. */
  private static final Duration LONGEST_SLEEP = Duration.ofMillis(5);

  /** A number that no serializer has. */
  private static final int UNKNOWN_SERIALIZER = 1_234_567_890;

  private final Config config;
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final DueTimes dueTimes = new DueTimes();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final TestNodes nodes = new TestNodes(this::startNode);
  private final Questions questions = new Questions(nodes);
  private final Polling patient = new Polling(DEFAULT_POLLING);
  private final Subscriptions subscriptions = new Subscriptions(nodes, questions, patient, closed);
  private final TimeTravel timeTravel = new TimeTravel(clock, dueTimes, subscriptions);
  private volatile Polling polling = patient;

  private PerilleTestKit(Config config) {
    this.config = config;
  }

  /**
   * Starts a kit. See {@link Perille#start}.
   *
   * @param definitions topics and subscriptions, as the application defines them
   */
  public static PerilleTestKit start(Definition... definitions) {
    return start(ConfigFactory.empty(), definitions);
  }

  /** Starts a kit with settings that override those of {@code perille-testkit.conf}. */
  public static PerilleTestKit start(Config config, Definition... definitions) {
    PerilleTestKit kit = new PerilleTestKit(Objects.requireNonNull(config, "config"));
    try {
      kit.nodes.start();
      return kit.register(definitions);
    } catch (RuntimeException e) {
      kit.close();
      throw e;
    }
  }

  private TestNode startNode() {
    return TestNode.start(
        config,
        database,
        new NodeEnvironment(
            new WorkerTime(clock, clock::nanoTime, LONGEST_SLEEP, dueTimes::add), subscriptions),
        subscriptions.definitions());
  }

  /**
   * Registers topics, subscriptions and outboxes, such as those that need the kit's database.
   *
   * @return this
   */
  public PerilleTestKit register(Definition... more) {
    nodes.current().perille().register(more);
    subscriptions.add(more);
    return this;
  }

  /**
   * Sets the time-out for events that should happen at once. Default: {@link #DEFAULT_POLLING}.
   *
   * <p>Only a failing test uses it up.
   *
   * @return this
   */
  public PerilleTestKit withPolling(Duration timeout) {
    polling = new Polling(timeout);
    return this;
  }

  /** Returns Perille itself, for everything else. A crash replaces it by another one. */
  public Perille perille() {
    return nodes.current().perille();
  }

  /**
   * Returns the database, for the application's tables: its effects, and Perille's own tables too.
   */
  public DataSource dataSource() {
    return database.dataSource();
  }

  /** Returns the address of the database. The user is "sa", without a password. */
  public String jdbcUrl() {
    return database.url();
  }

  /** Returns a helper for the SQL statements of a test. */
  public TestTables tables() {
    return new TestTables(database.dataSource());
  }

  // ---- publishing

  /** Publishes a message and waits until it is durable. */
  public <T> Receipt publish(Topic<T> topic, T message) {
    return publish(topic, Message.of(message));
  }

  /** Publishes a message under an id. A second one with the same id is a duplicate. */
  public <T> Receipt publish(Topic<T> topic, T message, String id) {
    return publish(topic, Message.of(message).withId(MessageId.of(id)));
  }

  /** Publishes a message with its options, and waits until it is durable. */
  public <T> Receipt publish(Topic<T> topic, Message<T> message) {
    return questions.ask(
        "publishing %s to %s".formatted(message.payload(), topic),
        message.id().isPresent(),
        polling,
        perille -> perille.publisher(topic).publish(message));
  }

  /** Publishes bytes that can't be decoded. */
  public Receipt publishUndecodable(Topic<?> topic, String key) {
    LogMessage message =
        new LogMessage(
            key,
            "",
            Map.of(),
            UNKNOWN_SERIALIZER,
            "nothing",
            ByteString.copyFromUtf8("bytes that can't be decoded"));
    return questions.ask(
        "publishing undecodable bytes to " + topic,
        false,
        polling,
        perille ->
            ((ChainPublisher) PerilleNode.get(perille.system()).publisher(topic)).publish(message));
  }

  // ---- waiting

  /**
   * Waits until all durable subscriptions have finished all messages.
   *
   * <p>This includes the messages that their handlers publish, and those that wait in an outbox.
   *
   * @throws AssertionError if that doesn't happen in time, or at once if a message becomes a dead
   *     letter
   */
  public void awaitAllHandled() {
    polling.await(
        subscriptions::areAllDone, () -> "not everything is handled." + nl() + describe());
  }

  /**
   * Waits until a subscription has durably finished a message.
   *
   * @throws AssertionError if that doesn't happen in time, or at once if it becomes a dead letter
   */
  public void awaitHandled(Subscription<?> subscription, Receipt receipt) {
    Handled handled = new Handled(nodes, subscriptions, subscription, receipt);
    try {
      polling.await(
          handled::isDurable, () -> handled + " is not handled." + nl() + describe(subscription));
    } catch (DeadLetterException e) {
      throw new AssertionError(handled + " was given up." + nl() + describe(subscription), e);
    }
  }

  /**
   * Waits until a subscription's handler has had a number of calls.
   *
   * @return all its attempts
   */
  public <T> List<Attempt<T>> awaitAttempts(Subscription<T> subscription, int count) {
    polling.await(
        () -> attempts(subscription).size() >= count,
        () ->
            "%d attempts were expected, and %d were made.%n%s"
                .formatted(count, attempts(subscription).size(), describe(subscription)));
    return attempts(subscription);
  }

  /**
   * Waits until a subscription has a number of dead letters.
   *
   * @return its dead letters
   */
  public List<DeadLetter> awaitDeadLetters(Subscription<?> subscription, int count) {
    polling.await(
        () -> deadLetters(subscription).size() == count,
        () ->
            "%d dead letters were expected, and there are %d.%n%s"
                .formatted(count, deadLetters(subscription).size(), describe(subscription)));
    return deadLetters(subscription);
  }

  // ---- looking

  /** Returns the attempts of a subscription's handler, in order of time. */
  public <T> List<Attempt<T>> attempts(Subscription<T> subscription) {
    return subscriptions.watch(subscription).log().attempts();
  }

  /**
   * Returns the messages that are handled, in order of time. A message handled twice occurs twice.
   */
  public <T> List<T> handled(Subscription<T> subscription) {
    return attempts(subscription).stream()
        .filter(attempt -> attempt.outcome() == Attempt.Outcome.DONE)
        .map(Attempt::payload)
        .toList();
  }

  /** Returns the progress of a subscription. */
  public SubscriptionStatus status(Subscription<?> subscription) {
    return subscriptions.status(subscription);
  }

  /**
   * Returns the lowest offset that a subscription hasn't finished in a partition.
   *
   * <p>Waits until the subscription's worker has started.
   */
  public long cursor(Subscription<?> subscription, int partition) {
    polling.await(
        () -> subscriptions.hasBegun(subscription, partition),
        () ->
            "no worker has started for partition %d.%n%s"
                .formatted(partition, describe(subscription)));
    return status(subscription).partitions().get(partition).nextOffset().orElseThrow();
  }

  /** Returns the dead letters of a subscription, by partition and offset. */
  public List<DeadLetter> deadLetters(Subscription<?> subscription) {
    return subscriptions.deadLetters(subscription);
  }

  /** Returns the state of a key. */
  public <S> S state(EventSourcedSubscription<?, S> subscription, String key) {
    return get(
            "the state of key '" + key + "' of " + subscription,
            perille -> perille.subscription(subscription).key(key).state())
        .state();
  }

  /** Returns a subscription's reply to a message, once the message is finished. */
  public <R> Optional<R> reply(Subscription<?> subscription, Receipt receipt, Class<R> type) {
    return get(
        "the reply of " + subscription + " to key '" + receipt.key() + "'",
        perille -> perille.subscription(subscription).reply(receipt, type));
  }

  /** Returns the state of all subscriptions, as human-readable text. */
  public String describe() {
    return subscriptions.describe();
  }

  /** Returns the state of a subscription, as human-readable text. */
  public String describe(Subscription<?> subscription) {
    return subscriptions.describe(subscription);
  }

  // ---- time

  /** Returns the clock of delays, retries, deadlines and the messages' times. */
  public Clock clock() {
    return clock;
  }

  /** Returns the current time of the clock. */
  public Instant now() {
    return clock.instant();
  }

  /**
   * Advances the clock. Work that becomes due is done at once: handled, retried, expired or missed.
   * Message ids older than {@code perille.partition.dedup-window} expire.
   *
   * <p>The clock also advances by itself.
   *
   * <p>In production a partition treats a step of more than two minutes as a clock that was set. It
   * accepts every step of this clock.
   */
  public void advanceTime(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("time can't go back by " + time.negated());
    }
    clock.advance(time);
  }

  /**
   * Advances the clock until everything is handled or is a dead letter, so that no delay is waited
   * for.
   *
   * @param atMost the limit of the advance
   * @return the approximate advance
   * @throws AssertionError if that isn't enough
   */
  public Duration letTimePassUntilSettled(Duration atMost) {
    return timeTravel.until(
        progress -> progress.stream().allMatch(Progress::isSettled), "everything", atMost, polling);
  }

  /**
   * Advances the clock until a subscription has durably finished a message.
   *
   * <p>Other messages may still wait.
   *
   * @param atMost the limit of the advance
   * @return the approximate advance
   * @throws AssertionError if that isn't enough, or if the message becomes a dead letter
   */
  public Duration letTimePassUntilHandled(
      Subscription<?> subscription, Receipt receipt, Duration atMost) {
    Handled handled = new Handled(nodes, subscriptions, subscription, receipt);
    try {
      return timeTravel.until(progress -> handled.isDurable(), handled.toString(), atMost, polling);
    } catch (DeadLetterException e) {
      throw new AssertionError(handled + " was given up." + nl() + describe(subscription), e);
    }
  }

  // ---- faults

  /** Returns the faults to inject when a subscription handles messages. */
  public <T> Faults<T> faults(Subscription<T> subscription) {
    return new Faults<>(subscription, subscriptions.watch(subscription).plan(), message -> true);
  }

  /** Crashes the node, and restarts it with its durable state. */
  public void crash() {
    nodes.crash();
    nodes.awaitRunning();
  }

  /** Stops the node, and deletes its database. */
  @Override
  public void close() {
    closed.countDown();
    try {
      nodes.close();
    } finally {
      database.close();
    }
  }

  // ---- inside

  private <R> R get(String what, Questions.Question<R> question) {
    return questions.ask(what, true, patient, question);
  }

  private static String nl() {
    return System.lineSeparator();
  }
}
