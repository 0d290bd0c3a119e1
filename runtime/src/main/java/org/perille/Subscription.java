package org.perille;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.perille.spi.Processing;
import org.perille.spi.TransactionalHandler;

/**
 * A named consumer group of a topic, with its own guarantee, start position, cursor and retries.
 *
 * <p>A slow or failed subscription holds back no other one and no publisher.
 *
 * <p><b>Changes</b>: nodes register each durable subscription in the storage, and compare it at
 * every start. A change of the handler's kind or of the cursor's place is applied where that is
 * exact. Otherwise the start fails, with a reason. See {@link #formerly} to rename a subscription.
 *
 * <p><b>Failure</b>: each option throws an {@link IllegalArgumentException} if its argument is out
 * of range, and a {@link ConfigurationException} if it contradicts the guarantee or another option.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <T> the type of the messages' payloads
 */
public sealed interface Subscription<T> extends Definition permits SubscriptionOptions {
  /**
   * The default parallelism: handlers that one partition runs concurrently, each for another key.
   */
  int DEFAULT_PARALLELISM = 4;

  /**
   * The default parallelism of an event-sourced subscription: keys of one partition written
   * concurrently.
   */
  int DEFAULT_EVENT_SOURCED_PARALLELISM = 64;

  /**
   * Starts the definition of a subscription. Choosing its guarantee completes it.
   *
   * @param name 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}, unique in its topic
   * @throws IllegalArgumentException if the name is not valid
   */
  static <T> Draft<T> of(String name, Topic<T> topic) {
    return new Draft<>(
        Names.requireValid("subscription", name), Objects.requireNonNull(topic, "topic"));
  }

  /** A subscription without a guarantee so far. */
  final class Draft<T> {
    private final String name;
    private final Topic<T> topic;

    private Draft(String name, Topic<T> topic) {
      this.name = name;
      this.topic = topic;
    }

    /**
     * Makes the cursor durable before the handler runs.
     *
     * <p>No message is handled twice. Messages in flight at a crash, and failed ones, are lost.
     * Default start position: earliest.
     */
    public Subscription<T> atMostOnce(Handler<T> handler) {
      return complete(
          Guarantee.AT_MOST_ONCE,
          new Processing.Blocking<>(Objects.requireNonNull(handler, "handler")));
    }

    /** Completes the subscription like {@link #atMostOnce}, with a handler that returns a stage. */
    public Subscription<T> atMostOnceAsync(AsyncHandler<T> handler) {
      return complete(
          Guarantee.AT_MOST_ONCE,
          new Processing.Async<>(Objects.requireNonNull(handler, "handler")));
    }

    /**
     * Makes the cursor durable after the handler has finished.
     *
     * <p>No message is lost. Messages in flight at a crash are handled again. Default start
     * position: earliest.
     */
    public Subscription<T> atLeastOnce(Handler<T> handler) {
      return complete(
          Guarantee.AT_LEAST_ONCE,
          new Processing.Blocking<>(Objects.requireNonNull(handler, "handler")));
    }

    /**
     * Completes the subscription like {@link #atLeastOnce}, with a handler that returns a stage.
     */
    public Subscription<T> atLeastOnceAsync(AsyncHandler<T> handler) {
      return complete(
          Guarantee.AT_LEAST_ONCE,
          new Processing.Async<>(Objects.requireNonNull(handler, "handler")));
    }

    /**
     * Commits the handler's effect and the cursor in one transaction.
     *
     * <p>No message is lost, and no effect happens twice. Default start position: earliest.
     */
    public Subscription<T> effectivelyOnce(TransactionalHandler<T> handler) {
      return complete(
          Guarantee.EFFECTIVELY_ONCE,
          new Processing.Transactional<>(Objects.requireNonNull(handler, "handler")));
    }

    /**
     * Uses a handler that is a state machine for each key.
     *
     * <p>Its events, its publications and the fact that the message is handled are one write. No
     * message is lost, no effect happens twice, and no message is published twice. Default start
     * position: earliest.
     */
    public <S, E> EventSourcedSubscription<T, S> effectivelyOnce(
        EventSourcedHandler<T, S, E> handler) {
      Objects.requireNonNull(handler, "handler");
      return new EventSourcedSubscription<>(
          blueprint(
              Guarantee.EFFECTIVELY_ONCE,
              new Processing.EventSourced<>(handler),
              StartPosition.earliest(),
              DEFAULT_EVENT_SOURCED_PARALLELISM),
          handler);
    }

    /**
     * Uses a handler that returns messages for other topics.
     *
     * <p>No message is lost, and none is published twice. Default start position: earliest.
     */
    public Subscription<T> effectivelyOnce(PublishingHandler<T> handler) {
      return new HandlerSubscription<>(
          blueprint(
              Guarantee.EFFECTIVELY_ONCE,
              new Processing.Publishing<>(Objects.requireNonNull(handler, "handler")),
              StartPosition.earliest(),
              DEFAULT_EVENT_SOURCED_PARALLELISM));
    }

    /**
     * Uses a handler that calls an external system, and stores the result.
     *
     * <p>The call is made at least once, always with the same delivery id, and not again once its
     * result is stored. The messages that follow from it are published once. Default start
     * position: earliest.
     */
    public <R> Subscription<T> atLeastOnce(OutsideCall<T, R> call) {
      return complete(
          Guarantee.AT_LEAST_ONCE, new Processing.Calling<>(Objects.requireNonNull(call, "call")));
    }

    /**
     * Makes the subscription ephemeral: nothing is durable.
     *
     * <p>Every node that registers the subscription receives the messages that are published while
     * it runs, each at most once. It starts at the end of the stream.
     */
    public Subscription<T> ephemeral(Handler<T> handler) {
      return new HandlerSubscription<>(
          blueprint(
              Guarantee.EPHEMERAL,
              new Processing.Blocking<>(Objects.requireNonNull(handler, "handler")),
              StartPosition.latest(),
              DEFAULT_PARALLELISM));
    }

    private Subscription<T> complete(Guarantee guarantee, Processing<T> processing) {
      return new HandlerSubscription<>(
          blueprint(guarantee, processing, StartPosition.earliest(), DEFAULT_PARALLELISM));
    }

    private Blueprint<T> blueprint(
        Guarantee guarantee, Processing<T> processing, StartPosition start, int parallelism) {
      return new Blueprint<>(
          name,
          topic,
          guarantee,
          processing,
          Blueprint.Beginning.at(start),
          new Blueprint.FailureHandling<>(
              RetryPolicy.standard(),
              Optional.empty(),
              Optional.empty(),
              guarantee == Guarantee.EPHEMERAL ? OnExpired.DROP : OnExpired.DEAD_LETTER,
              Optional.empty()),
          new Blueprint.Pace(parallelism, true, Limits.none(), Optional.empty()),
          Optional.empty());
    }
  }

  /**
   * Sets the position at which the subscription starts for the first time. Later it resumes at its
   * cursor.
   *
   * <p>Default: earliest. With the default, the first start warns if the topic has messages
   * already, because all of them will be handled.
   *
   * @throws ConfigurationException for an ephemeral subscription, which always starts at the end
   */
  Subscription<T> startingAt(StartPosition start);

  /**
   * Continues the subscription that had another name.
   *
   * <p>It takes over its cursor, attempts, dead letters, states, replies and delivery ids, exactly
   * as they are. Nodes that still use the former name work on the same subscription. The registry
   * stores the change, so this call may be removed once a node has started with it.
   *
   * <p>A start fails with a {@link ConfigurationException} if the topic has messages and no
   * subscription is known under the former name, or if both names have started already.
   *
   * @param formerName the name until now
   * @throws IllegalArgumentException if the name is not valid, or is the present one
   * @throws ConfigurationException if the subscription is ephemeral
   */
  Subscription<T> formerly(String formerName);

  /**
   * Sets the number of handlers that one partition runs concurrently, each for another key.
   *
   * <p>For a transactional handler it is the number of transactions.
   *
   * @param parallelism 1 to 1,000. Default: {@value #DEFAULT_PARALLELISM}; {@value
   *     #DEFAULT_EVENT_SOURCED_PARALLELISM} for an event-sourced or publishing one
   * @throws IllegalArgumentException if it is out of range
   */
  Subscription<T> withParallelism(int parallelism);

  /**
   * Sets the delays and the limit of retries. Default: {@link RetryPolicy#standard()}.
   *
   * @throws ConfigurationException for at-most-once, which never retries, and for an ephemeral
   *     subscription
   */
  Subscription<T> withRetries(RetryPolicy policy);

  /**
   * Sets the time-out of an attempt. Default: none.
   *
   * <p>An attempt that misses it has failed. Its thread isn't interrupted, and its later result is
   * ignored: it can neither acknowledge the attempt that has replaced it nor commit.
   *
   * <p>A handler that misses its deadline continues beside the next attempt. If as many as the
   * parallelism do, no handler starts until one of them returns.
   *
   * @param deadline 1 ms to 1 day
   * @throws IllegalArgumentException if it is out of range
   */
  Subscription<T> withDeadline(Duration deadline);

  /**
   * Sets the consequence for a key when one of its messages is given up.
   *
   * <p>Default: {@link OnExhausted#PARK_KEY} for effectively-once unless it is {@link #unordered},
   * {@link OnExhausted#CONTINUE} for the others.
   *
   * @throws ConfigurationException for at-most-once, which always continues; for an ephemeral
   *     subscription, which has no dead letters; and for {@link OnExhausted#PARK_KEY} on an
   *     unordered one, in which nothing waits
   */
  Subscription<T> onExhausted(OnExhausted action);

  /**
   * Sets the consequence for a message whose "not after" has passed.
   *
   * <p>Default: {@link OnExpired#DEAD_LETTER}; {@link OnExpired#DROP} for an ephemeral
   * subscription.
   *
   * @throws ConfigurationException for {@link OnExpired#DEAD_LETTER} on an ephemeral subscription,
   *     which has no dead letters
   */
  Subscription<T> onExpired(OnExpired action);

  /**
   * Also publishes the message of every dead letter to a topic, unchanged, under its key.
   *
   * <p>Headers with the prefix {@code perille-dead-letter-} contain its origin and the reason. The
   * message is published at least once, under an id that the topic's dedup window recognises. A
   * redrive or a discard of the dead letter waits until the topic has it.
   *
   * @throws ConfigurationException if it is the topic that the subscription receives, if it doesn't
   *     read the codecs of that topic, or for an ephemeral subscription
   */
  Subscription<T> withDeadLetterTopic(Topic<T> letters);

  /** Sets the limits of concurrent handlers and of their rate. Default: no limits. */
  Subscription<T> withLimits(Limits limits);

  /**
   * Sets a circuit breaker, which pauses the subscription on a node while a dependency is down.
   *
   * <p>Default: none.
   */
  Subscription<T> withCircuitBreaker(CircuitBreaker breaker);

  /**
   * Makes the subscription a work queue, without order within a key.
   *
   * <p>Messages of one key run in parallel, and a failed one holds back no other.
   *
   * @throws ConfigurationException if effects are stored by key: event-sourced, publishing, or
   *     calling; or if it parks keys by {@link #onExhausted}
   */
  Subscription<T> unordered();

  /**
   * Restricts the subscription to nodes with this cluster role. Default: all nodes.
   *
   * @param role 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}
   * @throws IllegalArgumentException if it is not valid
   */
  Subscription<T> onNodesWithRole(String role);

  /** Returns the topic that it receives. */
  Topic<T> topic();

  /** Returns the guarantee. */
  Guarantee guarantee();

  /** Returns the position at its first start. */
  StartPosition start();

  /** Returns the position that {@link #startingAt} has set, if it has. */
  Optional<StartPosition> chosenStart();

  /** Returns the former name that {@link #formerly} has set, if it has. */
  Optional<String> formerName();

  /** Returns the name of its stored data. Default: its own name. */
  String storedName();

  /** Returns the number of handlers that one partition runs concurrently. */
  int parallelism();

  /** Returns true if messages of one key are handled one at a time. False for a work queue. */
  boolean ordered();

  /** Returns the limits of concurrent handlers and of their rate. */
  Limits limits();

  /** Returns the circuit breaker, if there is one. */
  Optional<CircuitBreaker> circuitBreaker();

  /** Returns the delays and the limit of retries. */
  RetryPolicy retries();

  /** Returns the time-out of an attempt, if there is one. */
  Optional<Duration> deadline();

  /** Returns the consequence for a key when one of its messages is given up. */
  OnExhausted onExhausted();

  /** Returns the consequence for an expired message. */
  OnExpired onExpired();

  /** Returns the topic to which the messages of dead letters are published, if there is one. */
  Optional<Topic<T>> deadLetterTopic();

  /** Returns the cluster role of the nodes that handle its messages, if there is one. */
  Optional<String> role();
}
