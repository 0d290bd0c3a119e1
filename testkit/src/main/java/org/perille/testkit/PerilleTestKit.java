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
import org.perille.internal.effect.Outlet;
import org.perille.internal.log.LogMessage;
import org.perille.internal.subscribe.WorkerTime;
import org.perille.sharding.internal.Surroundings;

/**
 * Perille in a test: a node of its own with everything in memory, whose clock, failures and crashes
 * are the test's.
 *
 * <pre>{@code
 * try (PerilleTestKit kit = PerilleTestKit.start(payment)) {
 *   kit.publish(orders, new Order("o-1", 5));
 *   kit.awaitAllHandled();
 *   assertThat(kit.handled(payment)).containsExactly(new Order("o-1", 5));
 * }
 * }</pre>
 *
 * <p>Each kit has a cluster of one node, a database and a clock of its own: nothing of one test can
 * be seen in another one, and kits run side by side.
 *
 * <p><b>Failure</b>: whatever is waited for and doesn't come is an {@link AssertionError} that says
 * what came, what is missing, what is tried again and why.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class PerilleTestKit implements AutoCloseable {
  /**
   * How long a test waits for something that should happen at once; see {@link #withPatience}. Long
   * enough for a machine that is out of breath.
   */
  public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(30);

  /** How late a worker notices that the clock was moved. */
  private static final Duration LONGEST_SLEEP = Duration.ofMillis(5);

  /** No serializer has this number. */
  private static final int UNKNOWN_SERIALIZER = 1_234_567_890;

  private final Config config;
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final DueTimes dueTimes = new DueTimes();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final TestNodes nodes = new TestNodes(this::startNode);
  private final Questions questions = new Questions(nodes);
  private final Patience patient = new Patience(DEFAULT_PATIENCE);
  private final Subscriptions subscriptions = new Subscriptions(nodes, questions, patient, closed);
  private final TimeTravel timeTravel = new TimeTravel(clock, dueTimes, subscriptions);
  private volatile Patience patience = patient;

  private PerilleTestKit(Config config) {
    this.config = config;
  }

  /**
   * Starts a kit; see {@link Perille#start}.
   *
   * @param definitions topics and subscriptions, as the application has them
   */
  public static PerilleTestKit start(Definition... definitions) {
    return start(ConfigFactory.empty(), definitions);
  }

  /** Starts a kit with settings that come before those of {@code perille-testkit.conf}. */
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
        new Surroundings(
            new WorkerTime(clock, clock::nanoTime, LONGEST_SLEEP, dueTimes::add), subscriptions),
        subscriptions.definitions());
  }

  /** Adds topics and subscriptions, such as those that need the kit's database. */
  public PerilleTestKit register(Definition... more) {
    nodes.current().perille().register(more);
    subscriptions.add(more);
    return this;
  }

  /**
   * How long to wait for what should happen at once, {@link #DEFAULT_PATIENCE} unless told; it is
   * only ever used up by a test that fails.
   *
   * @return this
   */
  public PerilleTestKit withPatience(Duration timeout) {
    patience = new Patience(timeout);
    return this;
  }

  /** Perille itself, for everything else; another one after a crash. */
  public Perille perille() {
    return nodes.current().perille();
  }

  /** The database, for the application's tables: its effects, and Perille's own tables, too. */
  public DataSource dataSource() {
    return database.dataSource();
  }

  /** The address of the database, whose user is "sa", without a password. */
  public String jdbcUrl() {
    return database.url();
  }

  /** The statements that a test needs of the database. */
  public TestTables tables() {
    return new TestTables(database.dataSource());
  }

  // ---- publishing

  /** Publishes a message and waits until it is durable. */
  public <T> Receipt publish(Topic<T> topic, T message) {
    return publish(topic, Message.of(message));
  }

  /** Publishes a message under an id; again under the same id it is a duplicate. */
  public <T> Receipt publish(Topic<T> topic, T message, String id) {
    return publish(topic, Message.of(message).withId(MessageId.of(id)));
  }

  /** Publishes a message with what goes along with it. */
  public <T> Receipt publish(Topic<T> topic, Message<T> message) {
    return questions.ask(
        "publishing %s to %s".formatted(message.value(), topic),
        message.id().isPresent(),
        patience,
        perille -> perille.publisher(topic).publish(message));
  }

  /** Publishes bytes that nothing can decode. */
  public Receipt publishUndecodable(Topic<?> topic, String key) {
    LogMessage message =
        new LogMessage(
            key,
            "",
            Map.of(),
            UNKNOWN_SERIALIZER,
            "nothing",
            ByteString.copyFromUtf8("bytes that nothing can decode"));
    return questions.ask(
        "publishing undecodable bytes to " + topic,
        false,
        patience,
        perille -> ((Outlet) perille.publisher(topic)).publish(message));
  }

  // ---- waiting

  /**
   * Waits until all durable subscriptions have finished everything that is published, and what
   * their handlers publish for it.
   *
   * @throws AssertionError if that doesn't happen in time, or at once if a message is given up
   */
  public void awaitAllHandled() {
    patience.await(
        subscriptions::areAllDone, () -> "not everything is handled." + nl() + describe());
  }

  /**
   * Waits until a subscription has durably finished a message.
   *
   * @throws AssertionError if that doesn't happen in time, or at once if it is given up
   */
  public void awaitHandled(Subscription<?> subscription, Receipt receipt) {
    Handled handled = new Handled(nodes, subscriptions, subscription, receipt);
    try {
      patience.await(
          handled::isDurable, () -> handled + " is not handled." + nl() + describe(subscription));
    } catch (DeadLetterException e) {
      throw new AssertionError(handled + " was given up." + nl() + describe(subscription), e);
    }
  }

  /** Waits until a subscription's handler was called so often, and gives what it got. */
  public <T> List<Attempt<T>> awaitAttempts(Subscription<T> subscription, int count) {
    patience.await(
        () -> attempts(subscription).size() >= count,
        () ->
            "%d attempts were expected, and %d were made.%n%s"
                .formatted(count, attempts(subscription).size(), describe(subscription)));
    return attempts(subscription);
  }

  /** Waits until a subscription has so many dead letters, and gives them. */
  public List<DeadLetter> awaitDeadLetters(Subscription<?> subscription, int count) {
    patience.await(
        () -> deadLetters(subscription).size() == count,
        () ->
            "%d dead letters were expected, and there are %d.%n%s"
                .formatted(count, deadLetters(subscription).size(), describe(subscription)));
    return deadLetters(subscription);
  }

  // ---- looking

  /** What a subscription's handler was given, attempt by attempt, in the order of time. */
  public <T> List<Attempt<T>> attempts(Subscription<T> subscription) {
    return subscriptions.watch(subscription).log().attempts();
  }

  /** The messages whose handling is done, in the order of time; twice if it was done twice. */
  public <T> List<T> handled(Subscription<T> subscription) {
    return attempts(subscription).stream()
        .filter(attempt -> attempt.outcome() == Attempt.Outcome.DONE)
        .map(Attempt::message)
        .toList();
  }

  /** How far a subscription is. */
  public SubscriptionStatus status(Subscription<?> subscription) {
    return subscriptions.status(subscription);
  }

  /** The lowest offset that a subscription hasn't finished in a partition, once it has begun. */
  public long cursor(Subscription<?> subscription, int partition) {
    patience.await(
        () -> subscriptions.hasBegun(subscription, partition),
        () ->
            "no worker has begun with partition %d.%n%s"
                .formatted(partition, describe(subscription)));
    return status(subscription).partitions().get(partition).nextOffset();
  }

  /** The dead letters of a subscription, by partition and offset. */
  public List<DeadLetter> deadLetters(Subscription<?> subscription) {
    return subscriptions.deadLetters(subscription);
  }

  /** The state of a key. */
  public <S> S state(EventSourcedSubscription<?, S> subscription, String key) {
    return get(
            "the state of key '" + key + "' of " + subscription,
            perille -> perille.subscription(subscription).key(key).state())
        .state();
  }

  /** What a subscription has replied to a message, once it has finished it. */
  public <R> Optional<R> reply(
      Subscription<?> subscription, String key, Receipt receipt, Class<R> type) {
    return get(
        "the reply of " + subscription + " to key '" + key + "'",
        perille -> perille.subscription(subscription).reply(key, receipt, type));
  }

  /** How all subscriptions are doing, in words. */
  public String describe() {
    return subscriptions.describe();
  }

  /** How a subscription is doing, in words. */
  public String describe(Subscription<?> subscription) {
    return subscriptions.describe(subscription);
  }

  // ---- time

  /** The clock that handlers' delays, retries, deadlines and messages' times go by. */
  public Clock clock() {
    return clock;
  }

  /** What the clock says. */
  public Instant now() {
    return clock.instant();
  }

  /**
   * Lets time pass: what has become due is handled, tried again, expired or missed at once. The
   * clock goes on by itself, too.
   *
   * <p>Not for the dedup window of message ids: as in production, a partition takes more than two
   * minutes at once for a clock that was set, and counts them when its clock has gone on for a 24th
   * of the window. To let ids expire, advance the time by the window, and then by a minute a few
   * times, and publish something each time.
   */
  public void advanceTime(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("time can't go back by " + time.negated());
    }
    clock.advance(time);
  }

  /**
   * Lets as much time pass as it takes until everything is handled or given up: no delay and no
   * retry is waited for.
   *
   * @param atMost how much may pass
   * @return how much has passed, about
   * @throws AssertionError if that isn't enough
   */
  public Duration letTimePassUntilSettled(Duration atMost) {
    return timeTravel.until(
        progress -> progress.stream().allMatch(Progress::isSettled),
        "everything",
        atMost,
        patience);
  }

  /**
   * Lets as much time pass as it takes until a subscription has durably finished a message; other
   * messages may still have to wait.
   *
   * @param atMost how much may pass
   * @return how much has passed, about
   * @throws AssertionError if that isn't enough, or if the message is given up
   */
  public Duration letTimePassUntilHandled(
      Subscription<?> subscription, Receipt receipt, Duration atMost) {
    Handled handled = new Handled(nodes, subscriptions, subscription, receipt);
    try {
      return timeTravel.until(
          progress -> handled.isDurable(), handled.toString(), atMost, patience);
    } catch (DeadLetterException e) {
      throw new AssertionError(handled + " was given up." + nl() + describe(subscription), e);
    }
  }

  // ---- faults

  /** What is to go wrong when a subscription handles messages. */
  public <T> Faults<T> faults(Subscription<T> subscription) {
    return new Faults<>(subscription, subscriptions.watch(subscription).plan(), message -> true);
  }

  /** Crashes the node, and starts it again with what is durable. */
  public void crash() {
    nodes.crash();
    nodes.awaitRunning();
  }

  /** Ends the node; database and time are gone. */
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
