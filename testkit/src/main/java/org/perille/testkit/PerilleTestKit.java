package org.perille.testkit;

import com.google.protobuf.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.DeadLetter;
import org.perille.DeadLetterException;
import org.perille.DeadLetterFilter;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.Guarantee;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Subscription.Processing;
import org.perille.SubscriptionStatus;
import org.perille.Topic;
import org.perille.internal.effect.Outlet;
import org.perille.internal.log.LogMessage;
import org.perille.internal.subscribe.WorkerTime;
import org.perille.sharding.Perille;
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
  /** How long a test waits for something that should happen at once; see {@link #withPatience}. */
  public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(10);

  /** How late a worker notices that the clock was moved. */
  private static final Duration LONGEST_SLEEP = Duration.ofMillis(5);

  /** No serializer has this number. */
  private static final int UNKNOWN_SERIALIZER = 1_234_567_890;

  private final Config config;
  private final TestDatabase database = TestDatabase.create();
  private final TestClock clock = new TestClock();
  private final DueTimes dueTimes = new DueTimes();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<String, Watch<?>> watches = new LinkedHashMap<>();
  private final List<Definition> definitions = new ArrayList<>();
  private final TestNodes nodes;
  private final Questions questions;
  private final Patience patient = new Patience(DEFAULT_PATIENCE);
  private volatile Patience patience = patient;

  private PerilleTestKit(Config config) {
    this.config = config;
    this.nodes = new TestNodes(this::startNode);
    this.questions = new Questions(nodes);
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
    Surroundings surroundings =
        new Surroundings(
            new WorkerTime(clock, clock::nanoTime, LONGEST_SLEEP, dueTimes::add),
            new Surroundings.Interception() {
              @Override
              public <T> Processing<T> around(Subscription<T> subscription) {
                return WatchedHandlers.around(subscription.processing(), watch(subscription));
              }
            });
    synchronized (definitions) {
      return TestNode.start(config, database, surroundings, definitions.toArray(Definition[]::new));
    }
  }

  /** Adds topics and subscriptions, such as those that need the kit's database. */
  public PerilleTestKit register(Definition... more) {
    nodes.current().perille().register(more);
    synchronized (definitions) {
      definitions.addAll(List.of(more));
    }
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
    patience.await(this::allHandled, () -> "not everything is handled." + nl() + describe());
  }

  /**
   * Waits until a subscription has durably finished a message.
   *
   * @throws AssertionError if that doesn't happen in time, or at once if it is given up
   */
  public void awaitHandled(Subscription<?> subscription, Receipt receipt) {
    Handled handled = new Handled(nodes, subscription, receipt);
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
    return watch(subscription).log().attempts();
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
    return get("the status of " + subscription, perille -> perille.status(subscription));
  }

  /** The lowest offset that a subscription hasn't finished in a partition. */
  public long cursor(Subscription<?> subscription, int partition) {
    return status(subscription).partitions().get(partition).nextOffset();
  }

  /** The dead letters of a subscription, by partition and offset. */
  public List<DeadLetter> deadLetters(Subscription<?> subscription) {
    return get(
        "the dead letters of " + subscription,
        perille ->
            perille
                .deadLetters(subscription)
                .list(DeadLetterFilter.all())
                .runWith(Sink.seq(), perille.system()));
  }

  /** The state of a key. */
  public <S> S state(EventSourcedSubscription<?, S> subscription, String key) {
    return get(
            "the state of key '" + key + "' of " + subscription,
            perille -> perille.state(subscription, key))
        .state();
  }

  /** What a subscription has replied to a message, once it has finished it. */
  public <R> Optional<R> reply(
      Subscription<?> subscription, String key, Receipt receipt, Class<R> type) {
    return get(
        "the reply of " + subscription + " to key '" + key + "'",
        perille -> perille.reply(subscription, key, receipt, type));
  }

  /** How all subscriptions are doing, in words. */
  public String describe() {
    return subscriptions().stream().map(this::describe).collect(Collectors.joining(nl()));
  }

  /** How a subscription is doing, in words. */
  public String describe(Subscription<?> subscription) {
    return Report.of(
        subscription, status(subscription), attempts(subscription), letters(subscription));
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
    return letTimePass(
        atMost, progress -> progress.stream().allMatch(Progress::isSettled), "everything");
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
    Handled handled = new Handled(nodes, subscription, receipt);
    try {
      return letTimePass(atMost, progress -> handled.isDurable(), handled.toString());
    } catch (DeadLetterException e) {
      throw new AssertionError(handled + " was given up." + nl() + describe(subscription), e);
    }
  }

  private Duration letTimePass(Duration atMost, Predicate<List<Progress>> until, String what) {
    Instant begin = now();
    FastForward forward = new FastForward(clock, dueTimes, begin.plus(atMost));
    patience.await(
        () -> {
          List<Progress> progress = subscriptions().stream().map(this::progress).toList();
          if (until.test(progress)) {
            return true;
          }
          if (!forward.step(progress)) {
            throw new AssertionError(
                "%s passed, and %s is not settled.%n%s".formatted(atMost, what, describe()));
          }
          return false;
        },
        () -> what + " is not settled." + nl() + describe());
    return Duration.between(begin, now());
  }

  // ---- faults

  /** What is to go wrong when a subscription handles messages. */
  public <T> Faults<T> faults(Subscription<T> subscription) {
    return new Faults<>(subscription, watch(subscription).plan(), message -> true);
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

  @SuppressWarnings("unchecked") // kept under its subscription
  private <T> Watch<T> watch(Subscription<T> subscription) {
    synchronized (watches) {
      return (Watch<T>)
          watches.computeIfAbsent(
              subscription.topic().name() + "/" + subscription.name(),
              name -> new Watch<T>(nodes::crashFromHandler, closed));
    }
  }

  private List<Subscription<?>> subscriptions() {
    List<Subscription<?>> all = new ArrayList<>();
    synchronized (definitions) {
      for (Definition definition : definitions) {
        if (definition instanceof Subscription<?> subscription
            && subscription.guarantee() != Guarantee.EPHEMERAL) {
          all.add(subscription);
        }
      }
    }
    return all;
  }

  private List<DeadLetter> letters(Subscription<?> subscription) {
    return subscription.guarantee() == Guarantee.EPHEMERAL ? List.of() : deadLetters(subscription);
  }

  private boolean allHandled() {
    List<SubscriptionStatus> first = statuses();
    if (first.stream().anyMatch(status -> status.deadLetters() > 0)) {
      throw new AssertionError("a message was given up." + nl() + describe());
    }
    // What the first of them published for its last message, the second may not have seen yet.
    return first.stream().allMatch(PerilleTestKit::isIdle) && statuses().equals(first);
  }

  private List<SubscriptionStatus> statuses() {
    return subscriptions().stream().map(this::status).toList();
  }

  private static boolean isIdle(SubscriptionStatus status) {
    return status.attached() && status.lag() == 0;
  }

  private Progress progress(Subscription<?> subscription) {
    return new Progress(status(subscription), attempts(subscription));
  }

  private <R> R get(String what, Questions.Question<R> question) {
    return questions.ask(what, true, patient, question);
  }

  private static String nl() {
    return System.lineSeparator();
  }
}
