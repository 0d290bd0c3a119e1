package org.perille.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Guarantee;
import org.perille.Outbox;
import org.perille.OutboxStatus;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;

/**
 * Waiting and looking, in tests of a whole application, whose node the application starts.
 *
 * <p>In a test with {@code @SpringBootTest} it is a bean:
 *
 * <pre>{@code
 * @Autowired NodeUnderTest node;
 *
 * @Test
 * void an_order_is_paid() {
 *   shop.place(new Order("o-1", 5));
 *   node.awaitAllHandled();
 *   assertThat(payments.of("o-1")).hasSize(1);
 * }
 * }</pre>
 *
 * <p>It controls neither time nor failures, which a {@link PerilleTestKit} does for single
 * handlers.
 *
 * <p><b>Failure</b>: a wait that times out throws an {@link AssertionError}, whose message says
 * what is missing, what is retried, and why.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class NodeUnderTest {
  private final Perille perille;
  private final Supplier<List<Subscription<?>>> subscriptions;
  private final Supplier<List<Outbox>> outboxes;
  private final Duration timeout;

  private NodeUnderTest(
      Perille perille,
      Supplier<List<Subscription<?>>> subscriptions,
      Supplier<List<Outbox>> outboxes,
      Duration timeout) {
    this.perille = Objects.requireNonNull(perille, "perille");
    this.subscriptions = Objects.requireNonNull(subscriptions, "subscriptions");
    this.outboxes = Objects.requireNonNull(outboxes, "outboxes");
    this.timeout = Objects.requireNonNull(timeout, "timeout");
  }

  /**
   * Returns it for a node.
   *
   * @param subscriptions all that the application has; ephemeral ones are ignored
   * @param outboxes all that the application has
   */
  public static NodeUnderTest of(
      Perille perille,
      Supplier<List<Subscription<?>>> subscriptions,
      Supplier<List<Outbox>> outboxes) {
    return new NodeUnderTest(perille, subscriptions, outboxes, PerilleTestKit.DEFAULT_POLLING);
  }

  /** Returns one that waits for longer or shorter. Default: 30 s. */
  public NodeUnderTest withPolling(Duration timeout) {
    return new NodeUnderTest(perille, subscriptions, outboxes, timeout);
  }

  /**
   * Waits until the outboxes are empty, and all durable subscriptions have finished all messages.
   *
   * <p>This includes the messages that their handlers publish, and retries. Messages for later,
   * with {@code notBefore}, are waited for.
   *
   * @throws AssertionError if that doesn't happen in time, or at once if there is a dead letter
   */
  public void awaitAllHandled() {
    await(this::areAllDone, "not everything is handled.");
  }

  /**
   * Waits until a subscription has a number of dead letters.
   *
   * @return its dead letters
   */
  public List<DeadLetter> awaitDeadLetters(Subscription<?> subscription, int count) {
    await(
        () -> status(subscription).deadLetters() == count,
        "%s should have %d dead letters.".formatted(subscription, count));
    return deadLetters(subscription);
  }

  /** Returns the dead letters of a subscription, by partition and offset. */
  public List<DeadLetter> deadLetters(Subscription<?> subscription) {
    return answer(
        perille
            .subscription(subscription)
            .deadLetters()
            .list(DeadLetterFilter.all())
            .runWith(Sink.seq(), perille.system()));
  }

  /** Returns the state of all durable subscriptions and outboxes as text. */
  public String describe() {
    return Stream.concat(
            durable().map(this::describe), outboxes.get().stream().map(NodeUnderTest::describe))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private String describe(Subscription<?> subscription) {
    return Report.of(
        subscription, status(subscription), Optional.empty(), deadLetters(subscription));
  }

  private static String describe(Outbox outbox) {
    OutboxStatus status = outbox.status();
    return "%s: %d rows not published, %d dead letters, %d rows parked behind them"
        .formatted(outbox, status.waiting(), status.deadLetters(), status.parked());
  }

  private Stream<Subscription<?>> durable() {
    return subscriptions.get().stream()
        .filter(subscription -> subscription.guarantee() != Guarantee.EPHEMERAL);
  }

  private SubscriptionStatus status(Subscription<?> subscription) {
    return answer(perille.subscription(subscription).status());
  }

  private List<SubscriptionStatus> statuses() {
    return durable().map(this::status).toList();
  }

  private boolean areAllDone() {
    List<SubscriptionStatus> first = statuses();
    List<OutboxStatus> rows = outboxes.get().stream().map(Outbox::status).toList();
    if (first.stream().anyMatch(status -> status.deadLetters() > 0)
        || rows.stream().anyMatch(status -> status.deadLetters() > 0)) {
      throw new AssertionError("a message was given up." + System.lineSeparator() + describe());
    }
    // A row that has left an outbox meanwhile, and what a handler has published meanwhile, has
    // changed
    // the second reading.
    return first.stream().allMatch(status -> status.attached() && status.lag() == 0)
        && rows.stream().allMatch(status -> status.waiting() == 0)
        && statuses().equals(first);
  }

  private void await(BooleanSupplier condition, String problem) {
    new Polling(timeout).await(condition, () -> problem + System.lineSeparator() + describe());
  }

  private static <T> T answer(CompletionStage<T> stage) {
    CompletableFuture<T> answer = stage.toCompletableFuture();
    try {
      return answer.join();
    } catch (CompletionException e) {
      throw new AssertionError("the node doesn't answer: " + e.getCause(), e.getCause());
    }
  }
}
