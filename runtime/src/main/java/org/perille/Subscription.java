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
 * <p><b>Threading</b>: immutable.
 */
public sealed class Subscription<T> implements Definition permits EventSourcedSubscription {
  /** Handlers that one partition of a subscription runs at once, each for another key. */
  public static final int DEFAULT_PARALLELISM = 4;

  /** Keys of one partition that an event-sourced subscription writes at once. */
  public static final int DEFAULT_EVENT_SOURCED_PARALLELISM = 64;

  /** How long a key waits after a failed attempt. */
  public static final Duration DEFAULT_RETRY_DELAY = Duration.ofSeconds(1);

  /** Everything that a subscription is made of. */
  record Blueprint<T>(
      String name,
      Topic<T> topic,
      Guarantee guarantee,
      Processing<T> processing,
      StartPosition start,
      int parallelism,
      Duration retryDelay,
      Optional<String> role) {

    Blueprint<T> startingAt(StartPosition start) {
      Objects.requireNonNull(start, "start");
      if (guarantee == Guarantee.EPHEMERAL && !(start instanceof StartPosition.Latest)) {
        throw new ConfigurationException(
            "subscription '%s' is ephemeral and begins at the end of the stream: remove startingAt(%s)"
                .formatted(name, start));
      }
      return new Blueprint<>(
          name, topic, guarantee, processing, start, parallelism, retryDelay, role);
    }

    Blueprint<T> withParallelism(int parallelism) {
      if (parallelism < 1 || parallelism > 1000) {
        throw new ConfigurationException(
            "subscription '%s' can't have parallelism %d: use 1 to 1000"
                .formatted(name, parallelism));
      }
      return new Blueprint<>(
          name, topic, guarantee, processing, start, parallelism, retryDelay, role);
    }

    Blueprint<T> withRetryDelay(Duration retryDelay) {
      if (retryDelay.toMillis() < 1 || retryDelay.compareTo(Duration.ofHours(1)) > 0) {
        throw new ConfigurationException(
            "subscription '%s' can't have retry delay %s: use 1 ms to 1 h"
                .formatted(name, retryDelay));
      }
      return new Blueprint<>(
          name, topic, guarantee, processing, start, parallelism, retryDelay, role);
    }

    Blueprint<T> onNodesWithRole(String role) {
      return new Blueprint<>(
          name,
          topic,
          guarantee,
          processing,
          start,
          parallelism,
          retryDelay,
          Optional.of(Names.requireValid("role", role)));
    }
  }

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
          start,
          parallelism,
          DEFAULT_RETRY_DELAY,
          Optional.empty());
    }
  }

  /**
   * Where the subscription begins when it is used for the first time.
   *
   * @throws ConfigurationException for an ephemeral subscription, which always begins at the end
   */
  public Subscription<T> startingAt(StartPosition start) {
    return new Subscription<>(blueprint.startingAt(start));
  }

  /**
   * How many handlers one partition of this subscription runs at once, each for another key: 1 to
   * 1,000, {@value #DEFAULT_PARALLELISM} unless told. Of a transactional handler: how many
   * transactions.
   */
  public Subscription<T> withParallelism(int parallelism) {
    return new Subscription<>(blueprint.withParallelism(parallelism));
  }

  /** How long a key waits after a failed attempt, 1 ms to 1 hour; 1 s unless told. */
  public Subscription<T> withRetryDelay(Duration retryDelay) {
    return new Subscription<>(blueprint.withRetryDelay(retryDelay));
  }

  /** Handles messages only on nodes that have this cluster role; on all nodes unless told. */
  public Subscription<T> onNodesWithRole(String role) {
    return new Subscription<>(blueprint.onNodesWithRole(role));
  }

  @Override
  public String name() {
    return blueprint.name;
  }

  /** The topic it receives. */
  public Topic<T> topic() {
    return blueprint.topic;
  }

  /** How often a message reaches the handler, or its effect happens. */
  public Guarantee guarantee() {
    return blueprint.guarantee;
  }

  /** How the handler runs. */
  public Processing<T> processing() {
    return blueprint.processing;
  }

  /** Where it begins when it is used for the first time. */
  public StartPosition start() {
    return blueprint.start;
  }

  /** Handlers that one partition runs at once. */
  public int parallelism() {
    return blueprint.parallelism;
  }

  /** How long a key waits after a failed attempt. */
  public Duration retryDelay() {
    return blueprint.retryDelay;
  }

  /** The cluster role of the nodes that handle its messages, if not all do. */
  public Optional<String> role() {
    return blueprint.role;
  }

  @Override
  public String toString() {
    return "subscription '" + blueprint.name + "' of " + blueprint.topic;
  }
}
