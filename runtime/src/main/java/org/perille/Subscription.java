package org.perille;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.perille.spi.TransactionalHandler;

/**
 * A named consumer group of a topic, with its own guarantee, start position, cursor and retries.
 *
 * <p>A slow or failed subscription holds back no other one and no publisher.
 *
 * <p><b>Changes</b>: nodes register each durable subscription in the storage, and compare it at
 * every start. A change of its handler's kind or of the place of its cursor is handed over where
 * that is exact; otherwise the start is refused, with a reason. See {@link #formerly} to rename it.
 *
 * <p><b>Threading</b>: immutable.
 */
public sealed class Subscription<T> implements Definition permits EventSourcedSubscription {
  /** Handlers that one partition of a subscription runs at once, each for another key. */
  public static final int DEFAULT_PARALLELISM = 4;

  /** Keys of one partition that an event-sourced subscription writes at once. */
  public static final int DEFAULT_EVENT_SOURCED_PARALLELISM = 64;

  private final Blueprint<T> blueprint;

  Subscription(Blueprint<T> blueprint) {
    this.blueprint = blueprint;
  }

  Blueprint<T> blueprint() {
    return blueprint;
  }

  /**
   * Begins the definition of a subscription; choosing its guarantee completes it.
   *
   * @param name 1 to 100 of the characters {@code A-Z a-z 0-9 - _ .}, unique in its topic
   * @throws ConfigurationException if the name is not valid
   */
  public static <T> Draft<T> of(String name, Topic<T> topic) {
    return new Draft<>(
        Names.requireValid("subscription", name), Objects.requireNonNull(topic, "topic"));
  }

  /** How a subscription runs its handler. */
  public sealed interface Processing<T> {
    /** A handler that may block. */
    record Blocking<T>(Handler<T> handler) implements Processing<T> {}

    /** A handler that returns a stage. */
    record Async<T>(AsyncHandler<T> handler) implements Processing<T> {}

    /** A handler whose effect is committed together with the cursor. */
    record Transactional<T>(TransactionalHandler<T> handler) implements Processing<T> {}

    /** A state machine for each key, whose events are the effect. */
    record EventSourced<T>(EventSourcedHandler<T, ?, ?> handler) implements Processing<T> {}

    /** A handler whose effect is what it publishes. */
    record Publishing<T>(PublishingHandler<T> handler) implements Processing<T> {}

    /** A call of the outside world, whose result is kept. */
    record Calling<T>(OutsideCall<T, ?> call) implements Processing<T> {}
  }

  /** A subscription that still needs its guarantee. */
  public static final class Draft<T> {
    private final String name;
    private final Topic<T> topic;

    private Draft(String name, Topic<T> topic) {
      this.name = name;
      this.topic = topic;
    }

    /**
     * The cursor is durable before the handler runs. Nothing is handled twice; what was in flight
     * at a crash, or failed, is lost. Begins at the earliest message unless told.
     */
    public Subscription<T> atMostOnce(Handler<T> handler) {
      return complete(
          Guarantee.AT_MOST_ONCE,
          new Processing.Blocking<>(Objects.requireNonNull(handler, "handler")));
    }

    /** {@link #atMostOnce} with a handler that returns a stage. */
    public Subscription<T> atMostOnceAsync(AsyncHandler<T> handler) {
      return complete(
          Guarantee.AT_MOST_ONCE,
          new Processing.Async<>(Objects.requireNonNull(handler, "handler")));
    }

    /**
     * The cursor becomes durable after the handler ended. Nothing is lost; what was in flight at a
     * crash is handled again. Begins at the earliest message unless told.
     */
    public Subscription<T> atLeastOnce(Handler<T> handler) {
      return complete(
          Guarantee.AT_LEAST_ONCE,
          new Processing.Blocking<>(Objects.requireNonNull(handler, "handler")));
    }

    /** {@link #atLeastOnce} with a handler that returns a stage. */
    public Subscription<T> atLeastOnceAsync(AsyncHandler<T> handler) {
      return complete(
          Guarantee.AT_LEAST_ONCE,
          new Processing.Async<>(Objects.requireNonNull(handler, "handler")));
    }

    /**
     * The handler's effect and the cursor are one transaction: nothing is lost and no effect
     * happens twice. Begins at the earliest message unless told.
     */
    public Subscription<T> effectivelyOnce(TransactionalHandler<T> handler) {
      return complete(
          Guarantee.EFFECTIVELY_ONCE,
          new Processing.Transactional<>(Objects.requireNonNull(handler, "handler")));
    }

    /**
     * The handler is a state machine for each key: its events, what it publishes and the fact that
     * the message is handled are one write. Nothing is lost, no effect happens twice, and no
     * message is published twice. Begins at the earliest message unless told.
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
     * The handler answers with messages for other topics: nothing is lost, and nothing is published
     * twice. Begins at the earliest message unless told.
     */
    public Subscription<T> effectivelyOnce(PublishingHandler<T> handler) {
      return new Subscription<>(
          blueprint(
              Guarantee.EFFECTIVELY_ONCE,
              new Processing.Publishing<>(Objects.requireNonNull(handler, "handler")),
              StartPosition.earliest(),
              DEFAULT_EVENT_SOURCED_PARALLELISM));
    }

    /**
     * The handler calls the outside world, and the result is kept: the call is made at least once,
     * always under the same delivery id, and not again once its result is stored; what follows from
     * it is published once. Begins at the earliest message unless told.
     */
    public <R> Subscription<T> atLeastOnce(OutsideCall<T, R> call) {
      return complete(
          Guarantee.AT_LEAST_ONCE, new Processing.Calling<>(Objects.requireNonNull(call, "call")));
    }

    /**
     * Nothing is durable: every node that declares the subscription sees each message that is
     * published while the node is there, at most once. Begins at the end of the stream.
     */
    public Subscription<T> ephemeral(Handler<T> handler) {
      return new Subscription<>(
          blueprint(
              Guarantee.EPHEMERAL,
              new Processing.Blocking<>(Objects.requireNonNull(handler, "handler")),
              StartPosition.latest(),
              DEFAULT_PARALLELISM));
    }

    private Subscription<T> complete(Guarantee guarantee, Processing<T> processing) {
      return new Subscription<>(
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
              guarantee == Guarantee.EFFECTIVELY_ONCE ? OnExhausted.PARK_KEY : OnExhausted.SKIP,
              guarantee == Guarantee.EPHEMERAL ? OnExpired.SKIP : OnExpired.DEAD_LETTER,
              Optional.empty()),
          new Blueprint.Pace(parallelism, true, Limits.NONE, Optional.empty()),
          Optional.empty());
    }
  }

  /**
   * Sets the position at which the subscription begins at its first start. Later starts go on at
   * its cursor. Default: the earliest message; then the first start warns if the topic has messages
   * already, because all of them will be handled.
   *
   * @throws ConfigurationException for an ephemeral subscription, which always begins at the end
   */
  public Subscription<T> startingAt(StartPosition start) {
    return new Subscription<>(blueprint.startingAt(start));
  }

  /**
   * Continues the subscription that had another name: its cursor, attempts, dead letters, states,
   * replies and delivery ids, exactly where they are. Nodes that still use the former name work on
   * the same subscription. The registry remembers the change, so that this may be removed once a
   * node has started with it.
   *
   * <p>A start fails with a {@link ConfigurationException} if the topic has messages and no
   * subscription is known under the former name, or if both names have begun already.
   *
   * @param formerName the name until now
   * @throws ConfigurationException if the name is not valid, or is the present one, or the
   *     subscription is ephemeral
   */
  public Subscription<T> formerly(String formerName) {
    return new Subscription<>(blueprint.formerly(formerName));
  }

  /**
   * Sets the name that its stored data has. Nodes do this themselves, by what the registry says of
   * {@link #formerly}; applications need not.
   */
  public Subscription<T> storedAs(String storedName) {
    return new Subscription<>(blueprint.storedAs(storedName));
  }

  /**
   * How many handlers one partition of this subscription runs at once, each for another key: 1 to
   * 1,000, {@value #DEFAULT_PARALLELISM} unless told. Of a transactional handler: how many
   * transactions.
   */
  public Subscription<T> withParallelism(int parallelism) {
    return new Subscription<>(blueprint.withParallelism(parallelism));
  }

  /**
   * When a failed message is tried again, and when it is given up; {@link RetryPolicy#standard()}
   * unless told. At-most-once never tries again.
   *
   * @throws ConfigurationException for an ephemeral subscription
   */
  public Subscription<T> withRetries(RetryPolicy policy) {
    return new Subscription<>(blueprint.withRetries(policy));
  }

  /**
   * How long the handler may take for an attempt, 1 ms to 1 day; as long as it likes unless told.
   * An attempt that misses it has failed. Its thread is not interrupted, and what it answers later
   * counts for nothing: it can neither acknowledge the attempt that has replaced it nor commit.
   *
   * <p>A handler that misses its deadline goes on running beside the next attempt. When as many as
   * the parallelism do, nothing more is begun until one of them ends.
   */
  public Subscription<T> withDeadline(Duration deadline) {
    return new Subscription<>(blueprint.withDeadline(deadline));
  }

  /**
   * What happens to a key when one of its messages is given up: {@link OnExhausted#PARK_KEY} for
   * effectively-once and {@link OnExhausted#SKIP} for the others unless told.
   *
   * @throws ConfigurationException for an ephemeral subscription
   */
  public Subscription<T> onExhausted(OnExhausted action) {
    return new Subscription<>(blueprint.onExhausted(action));
  }

  /**
   * What happens to a message whose "not after" has passed; {@link OnExpired#DEAD_LETTER} unless
   * told, and {@link OnExpired#SKIP} for an ephemeral subscription.
   */
  public Subscription<T> onExpired(OnExpired action) {
    return new Subscription<>(blueprint.onExpired(action));
  }

  /**
   * Publishes the message of every dead letter to a topic, too, as it is, under its key, with
   * headers that begin with {@code perille-dead-letter-} and say where it comes from and why. At
   * least once, under an id that the topic's dedup window recognises.
   *
   * @throws ConfigurationException if it is the topic that the subscription receives
   */
  public Subscription<T> withDeadLetterTopic(Topic<T> letters) {
    return new Subscription<>(blueprint.withDeadLetterTopic(letters));
  }

  /** How much may be handled at once and in a second, on a node and in the cluster. */
  public Subscription<T> withLimits(Limits limits) {
    return new Subscription<>(blueprint.with(blueprint.pace().withLimits(limits)));
  }

  /** Pauses the subscription on a node while what its handler depends on is down. */
  public Subscription<T> withCircuitBreaker(CircuitBreaker breaker) {
    return new Subscription<>(blueprint.with(blueprint.pace().withBreaker(breaker)));
  }

  /**
   * Makes it a work queue: order within a key is not needed, messages of one key run in parallel,
   * and a failed one holds back no other.
   *
   * @throws ConfigurationException if effects are kept by key: event-sourced, publishing, or
   *     calling
   */
  public Subscription<T> unordered() {
    return new Subscription<>(blueprint.unordered());
  }

  /** Handles messages only on nodes that have this cluster role; on all nodes unless told. */
  public Subscription<T> onNodesWithRole(String role) {
    return new Subscription<>(blueprint.onNodesWithRole(role));
  }

  @Override
  public String name() {
    return blueprint.name();
  }

  /** The topic it receives. */
  public Topic<T> topic() {
    return blueprint.topic();
  }

  /** How often a message reaches the handler, or its effect happens. */
  public Guarantee guarantee() {
    return blueprint.guarantee();
  }

  /** How the handler runs. */
  public Processing<T> processing() {
    return blueprint.processing();
  }

  /** Where it begins when it is used for the first time. */
  public StartPosition start() {
    return blueprint.start().position();
  }

  /** Returns the position that {@link #startingAt} has set, if it has. */
  public Optional<StartPosition> chosenStart() {
    return blueprint.start().chosen();
  }

  /** Returns the name that it had before, if {@link #formerly} says one. */
  public Optional<String> formerName() {
    return blueprint.start().formerName();
  }

  /** Returns the name that its stored data has. Default: its own. */
  public String storedName() {
    return blueprint.start().storedName().orElse(blueprint.name());
  }

  /** Handlers that one partition runs at once. */
  public int parallelism() {
    return blueprint.pace().parallelism();
  }

  /** Whether messages of one key are handled one after the other; if not it is a work queue. */
  public boolean ordered() {
    return blueprint.pace().ordered();
  }

  /** How much may be handled at once and in a second. */
  public Limits limits() {
    return blueprint.pace().limits();
  }

  /** What pauses it when it fails too often, if something does. */
  public Optional<CircuitBreaker> circuitBreaker() {
    return blueprint.pace().breaker();
  }

  /** When a failed message is tried again, and when it is given up. */
  public RetryPolicy retries() {
    return blueprint.failures().retries();
  }

  /** How long an attempt may take, if that is limited. */
  public Optional<Duration> deadline() {
    return blueprint.failures().deadline();
  }

  /** What happens to a key when one of its messages is given up. */
  public OnExhausted onExhausted() {
    return blueprint.failures().onExhausted();
  }

  /** What happens to an expired message. */
  public OnExpired onExpired() {
    return blueprint.failures().onExpired();
  }

  /** Where the messages of dead letters are published, if they are. */
  public Optional<Topic<T>> deadLetterTopic() {
    return blueprint.failures().deadLetterTopic();
  }

  /** The cluster role of the nodes that handle its messages, if not all do. */
  public Optional<String> role() {
    return blueprint.role();
  }

  @Override
  public String toString() {
    return "subscription '" + blueprint.name() + "' of " + blueprint.topic();
  }
}
