package org.perille.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Definition;
import org.perille.Guarantee;
import org.perille.Outbox;
import org.perille.OutboxStatus;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.sharding.internal.NodeEnvironment;
import org.perille.spi.Processing;

/**
 * The subscriptions of a kit, with their attempts and states.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class Subscriptions implements NodeEnvironment.Interception {
  /** The limit of dead letters of an outbox in an error. */
  private static final int MAX_LISTED = 10;

  private final TestNodes nodes;
  private final Questions questions;
  private final Polling polling;
  private final CountDownLatch closed;
  private final Map<String, HandlerProbe<?>> watches = new LinkedHashMap<>();
  private final List<Definition> definitions = new ArrayList<>();

  Subscriptions(TestNodes nodes, Questions questions, Polling polling, CountDownLatch closed) {
    this.nodes = nodes;
    this.questions = questions;
    this.polling = polling;
    this.closed = closed;
  }

  @Override
  public <T> Processing<T> around(Subscription<T> subscription) {
    return WatchedHandlers.around(Processing.of(subscription), watch(subscription));
  }

  /** Adds definitions that later nodes also need. */
  synchronized void add(Definition... more) {
    definitions.addAll(List.of(more));
  }

  synchronized Definition[] definitions() {
    return definitions.toArray(Definition[]::new);
  }

  @SuppressWarnings("unchecked") // stored under its subscription
  synchronized <T> HandlerProbe<T> watch(Subscription<T> subscription) {
    return (HandlerProbe<T>)
        watches.computeIfAbsent(
            subscription.topic().name() + "/" + subscription.name(),
            name -> new HandlerProbe<T>(nodes::crashFromHandler, closed));
  }

  /** Returns the subscriptions that have a durable cursor. */
  private synchronized List<Subscription<?>> durable() {
    List<Subscription<?>> all = new ArrayList<>();
    for (Definition definition : definitions) {
      if (definition instanceof Subscription<?> subscription && isDurable(subscription)) {
        all.add(subscription);
      }
    }
    return all;
  }

  private static boolean isDurable(Subscription<?> subscription) {
    return subscription.guarantee() != Guarantee.EPHEMERAL;
  }

  SubscriptionStatus status(Subscription<?> subscription) {
    return questions.ask(
        "the status of " + subscription,
        true,
        polling,
        perille -> perille.subscription(subscription).status());
  }

  /** Returns whether a worker of the partition has started. */
  boolean hasBegun(Subscription<?> subscription, int partition) {
    return status(subscription).partitions().get(partition).nextOffset().isPresent();
  }

  List<DeadLetter> deadLetters(Subscription<?> subscription) {
    return questions.ask(
        "the dead letters of " + subscription,
        true,
        polling,
        perille ->
            perille
                .subscription(subscription)
                .deadLetters()
                .list(DeadLetterFilter.all())
                .runWith(Sink.seq(), perille.system()));
  }

  /**
   * Returns whether all have finished everything, including the messages that their handlers
   * publish and those that wait in an outbox.
   *
   * @throws AssertionError if there is a dead letter
   */
  boolean areAllDone() {
    List<SubscriptionStatus> first = statuses();
    if (first.stream().anyMatch(status -> status.deadLetters() > 0)) {
      throw new AssertionError("a message was given up." + System.lineSeparator() + describe());
    }
    // The second one may not have received yet what the first one published for its last message.
    return first.stream().allMatch(status -> status.attached() && status.lag() == 0)
        && outboxes().stream().allMatch(Subscriptions::isEmpty)
        && statuses().equals(first);
  }

  private synchronized List<Outbox> outboxes() {
    return definitions.stream().filter(Outbox.class::isInstance).map(Outbox.class::cast).toList();
  }

  private static boolean isEmpty(Outbox outbox) {
    OutboxStatus status = outbox.status();
    if (status.deadLetters() > 0) {
      throw new AssertionError(
          "%s has dead letters: %s".formatted(outbox, outbox.deadLetters(0, MAX_LISTED)));
    }
    return status.waiting() == 0;
  }

  private List<SubscriptionStatus> statuses() {
    return durable().stream().map(this::status).toList();
  }

  /** Returns the progress of each subscription. */
  List<Progress> progress() {
    return durable().stream().map(s -> new Progress(status(s), watch(s).log().attempts())).toList();
  }

  /** Returns the state of all subscriptions as text. */
  String describe() {
    return durable().stream()
        .map(this::describe)
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /** Returns the state of a subscription as text. */
  String describe(Subscription<?> subscription) {
    return Report.of(
        subscription,
        status(subscription),
        Optional.of(watch(subscription).log().attempts()),
        isDurable(subscription) ? deadLetters(subscription) : List.of());
  }
}
