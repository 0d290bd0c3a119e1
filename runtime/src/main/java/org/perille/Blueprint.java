package org.perille;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.perille.spi.Processing;

/** The properties of a subscription. Immutable. */
record Blueprint<T>(
    String name,
    Topic<T> topic,
    Guarantee guarantee,
    Processing<T> processing,
    Beginning start,
    FailureHandling<T> failures,
    Pace pace,
    Optional<String> role) {

  /**
   * The handling of failures.
   *
   * @param deadline the limit of an attempt's duration
   * @param onExhausted the consequence in the definition
   * @param deadLetterTopic the topic to which the messages of dead letters are also published
   */
  record FailureHandling<T>(
      RetryPolicy retries,
      Optional<Duration> deadline,
      Optional<OnExhausted> onExhausted,
      OnExpired onExpired,
      Optional<Topic<T>> deadLetterTopic) {

    FailureHandling<T> withRetries(RetryPolicy policy) {
      return new FailureHandling<>(
          Objects.requireNonNull(policy, "policy"),
          deadline,
          onExhausted,
          onExpired,
          deadLetterTopic);
    }

    FailureHandling<T> withDeadline(Duration time) {
      return new FailureHandling<>(
          retries, Optional.of(time), onExhausted, onExpired, deadLetterTopic);
    }

    FailureHandling<T> onExhausted(OnExhausted action) {
      return new FailureHandling<>(
          retries, deadline, Optional.of(action), onExpired, deadLetterTopic);
    }

    FailureHandling<T> onExpired(OnExpired action) {
      return new FailureHandling<>(
          retries,
          deadline,
          onExhausted,
          Objects.requireNonNull(action, "action"),
          deadLetterTopic);
    }

    FailureHandling<T> withDeadLetterTopic(Topic<T> topic) {
      return new FailureHandling<>(retries, deadline, onExhausted, onExpired, Optional.of(topic));
    }
  }

  /** The limits of concurrent handlers and of their rate. */
  record Pace(int parallelism, boolean ordered, Limits limits, Optional<CircuitBreaker> breaker) {
    Pace withParallelism(int handlers) {
      return new Pace(handlers, ordered, limits, breaker);
    }

    Pace unordered() {
      return new Pace(parallelism, false, limits, breaker);
    }

    Pace withLimits(Limits given) {
      return new Pace(parallelism, ordered, Objects.requireNonNull(given, "limits"), breaker);
    }

    Pace withBreaker(CircuitBreaker given) {
      return new Pace(parallelism, ordered, limits, Optional.of(given));
    }
  }

  /**
   * The start of a subscription.
   *
   * @param standard the position at its first start if the definition has none
   * @param chosen the position in the definition
   * @param formerName the name of the subscription that it continues
   * @param storedName the name of its stored data, if that isn't its own
   */
  record Beginning(
      StartPosition standard,
      Optional<StartPosition> chosen,
      Optional<String> formerName,
      Optional<String> storedName) {

    static Beginning at(StartPosition standard) {
      return new Beginning(standard, Optional.empty(), Optional.empty(), Optional.empty());
    }

    StartPosition position() {
      return chosen.orElse(standard);
    }
  }

  Blueprint<T> startingAt(StartPosition position) {
    Objects.requireNonNull(position, "start");
    if (guarantee == Guarantee.EPHEMERAL && !(position instanceof StartPosition.Latest)) {
      throw new ConfigurationException(
          "subscription '%s' is ephemeral and starts at the end of the stream: remove startingAt(%s)"
              .formatted(name, position));
    }
    return with(
        new Beginning(start.standard, Optional.of(position), start.formerName, start.storedName));
  }

  Blueprint<T> formerly(String formerName) {
    requireDurable("cursor to continue");
    Names.requireValid("subscription", formerName);
    if (formerName.equals(name)) {
      throw new IllegalArgumentException(
          "subscription '%s' can't be formerly('%s'): that is its name now"
              .formatted(name, formerName));
    }
    return with(
        new Beginning(start.standard, start.chosen, Optional.of(formerName), start.storedName));
  }

  Blueprint<T> storedAs(String storedName) {
    return with(
        new Beginning(start.standard, start.chosen, start.formerName, Optional.of(storedName)));
  }

  private Blueprint<T> with(Beginning beginning) {
    return new Blueprint<>(name, topic, guarantee, processing, beginning, failures, pace, role);
  }

  Blueprint<T> with(FailureHandling<T> handling) {
    return new Blueprint<>(name, topic, guarantee, processing, start, handling, pace, role);
  }

  Blueprint<T> with(Pace given) {
    return new Blueprint<>(name, topic, guarantee, processing, start, failures, given, role);
  }

  Blueprint<T> withParallelism(int handlers) {
    if (handlers < 1 || handlers > 1000) {
      throw new IllegalArgumentException(
          "subscription '%s' can't have parallelism %d: use 1 to 1000".formatted(name, handlers));
    }
    return with(pace.withParallelism(handlers));
  }

  Blueprint<T> withDeadline(Duration time) {
    if (time.compareTo(Duration.ofMillis(1)) < 0 || time.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          "subscription '%s' can't have the deadline %s: use 1 ms to 1 day".formatted(name, time));
    }
    return with(failures.withDeadline(time));
  }

  Blueprint<T> withRetries(RetryPolicy policy) {
    requireDurable("retries");
    requireSecondAttempts("withRetries");
    return with(failures.withRetries(policy));
  }

  Blueprint<T> onExhausted(OnExhausted action) {
    Objects.requireNonNull(action, "action");
    requireDurable("dead letters");
    requireSecondAttempts("onExhausted");
    return with(failures.onExhausted(action)).requireKeysToPark();
  }

  /**
   * Returns the consequence for a key when one of its messages is given up. Without order no
   * message waits behind another one.
   */
  OnExhausted onExhausted() {
    return failures
        .onExhausted()
        .orElse(
            guarantee == Guarantee.EFFECTIVELY_ONCE && pace.ordered()
                ? OnExhausted.PARK_KEY
                : OnExhausted.CONTINUE);
  }

  Blueprint<T> onExpired(OnExpired action) {
    if (action == OnExpired.DEAD_LETTER) {
      requireDurable("dead letters");
    }
    return with(failures.onExpired(action));
  }

  Blueprint<T> withDeadLetterTopic(Topic<T> letters) {
    requireDurable("dead letters");
    if (letters.name().equals(topic.name())) {
      throw new ConfigurationException(
          "subscription '%s' can't forward its dead letters to the topic that it receives"
              .formatted(name));
    }
    requireReadable(letters);
    return with(failures.withDeadLetterTopic(letters));
  }

  /** Dead letters are forwarded as they are stored. */
  private void requireReadable(Topic<T> letters) {
    codecsOf(topic)
        .filter(codec -> codecsOf(letters).noneMatch(other -> reads(other, codec)))
        .findFirst()
        .ifPresent(
            codec -> {
              throw new ConfigurationException(
                  "subscription '%s' can't forward its dead letters to %s, which doesn't read %s of %s: define it with this codec, or add it with Topic.alsoReading"
                      .formatted(name, letters, codec, topic));
            });
  }

  private static Stream<Codec<?>> codecsOf(Topic<?> topic) {
    return Stream.concat(topic.codec().stream(), topic.earlierCodecs().stream());
  }

  private static boolean reads(Codec<?> one, Codec<?> other) {
    return one.name().equals(other.name()) && one.newestReadable() >= other.newestReadable();
  }

  private void requireDurable(String what) {
    if (guarantee == Guarantee.EPHEMERAL) {
      throw new ConfigurationException(
          "subscription '%s' is ephemeral and has no %s".formatted(name, what));
    }
  }

  private void requireSecondAttempts(String option) {
    if (guarantee == Guarantee.AT_MOST_ONCE) {
      throw new ConfigurationException(
          "subscription '%s' is at-most-once, which attempts a message once and continues: remove %s, or use atLeastOnce"
              .formatted(name, option));
    }
  }

  private Blueprint<T> requireKeysToPark() {
    if (!pace.ordered() && onExhausted() == OnExhausted.PARK_KEY) {
      throw new ConfigurationException(
          "subscription '%s' is unordered, so that no message waits for another one of its key: use OnExhausted.CONTINUE or STOP_PARTITION instead of PARK_KEY"
              .formatted(name));
    }
    return this;
  }

  Blueprint<T> unordered() {
    if (!(processing instanceof Processing.Blocking
        || processing instanceof Processing.Async
        || processing instanceof Processing.Transactional)) {
      throw new ConfigurationException(
          "subscription '%s' can't be unordered: its effects are stored by key, in order"
              .formatted(name));
    }
    return with(pace.unordered()).requireKeysToPark();
  }

  Blueprint<T> onNodesWithRole(String name) {
    return new Blueprint<>(
        this.name,
        topic,
        guarantee,
        processing,
        start,
        failures,
        pace,
        Optional.of(Names.requireValid("role", name)));
  }
}
