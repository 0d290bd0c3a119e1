package org.perille;

import java.time.Instant;
import java.util.Optional;

/**
 * A message that a subscription gave up on.
 *
 * <p>The message itself remains in its topic's log. See {@link DeadLetters#read}.
 *
 * <p>Perille creates dead letters; {@link #builder} creates some for tests.
 *
 * <p><b>Threading</b>: immutable.
 */
public sealed interface DeadLetter permits DeadLetterValue {
  /** The reason for giving a message up. */
  enum Reason {
    /** The number of attempts has reached the retry policy's limit. */
    ATTEMPTS_EXHAUSTED,
    /** The retry policy's maximum age was reached. */
    TOO_OLD,
    /** The handler gave the message up, or the error is permanent by the retry policy. */
    PERMANENT,
    /** The message's "not after" has passed. */
    EXPIRED,
    /** The attempt failed, and at-most-once allows no second one. */
    NO_SECOND_ATTEMPT
  }

  /** The kind of an attempt's failure. */
  enum Failure {
    /** The handler threw, or its stage failed. */
    HANDLER,
    /** The handler returned a {@link Nack}. */
    NACK,
    /** The handler missed its deadline. */
    DEADLINE,
    /** The payload could not be decoded. */
    UNDECODABLE,
    /** The node or the worker stopped before the handler returned. */
    CRASH,
    /** There was no attempt: the message had expired. */
    EXPIRY
  }

  /** Returns the subscription's name; if it was renamed, its first one. */
  String subscription();

  /** Returns the topic's name. */
  String topic();

  /** Returns the partition, from 0. */
  int partition();

  /** Returns the message's position in its partition, from 0. */
  long offset();

  /** Returns the message's key. */
  String key();

  /** Returns the reason for giving up. */
  Reason reason();

  /** Returns the kind of the last attempt's failure. */
  Failure failure();

  /** Returns the fully qualified class of the last error, if there was one. */
  Optional<String> error();

  /** Returns the message of the last error, at most 1,000 characters, if it had one. */
  Optional<String> errorMessage();

  /** Returns the number of attempts in all: 0 if the message expired before the first one. */
  int attempts();

  /** Returns the time of the first failed attempt, by the clock of its node. */
  Instant firstFailure();

  /** Returns the time of the last failed attempt, by the clock of its node. */
  Instant lastFailure();

  /** Returns the messages that it holds back. */
  OnExhausted consequence();

  /**
   * Returns a stable name of the message for this subscription, equal to that of its {@link
   * Delivery}.
   */
  default String deliveryId() {
    return subscription() + "/" + topic() + "/" + partition() + "/" + offset();
  }

  /**
   * Starts a dead letter of a subscription, for tests.
   *
   * <p>Defaults: partition 0, offset 0, the key {@code key}, {@link Reason#ATTEMPTS_EXHAUSTED},
   * {@link Failure#HANDLER}, no error, one attempt, failures at the epoch, and {@link
   * OnExhausted#CONTINUE}.
   */
  static Builder builder(String subscription, String topic) {
    return new Builder(subscription, topic);
  }

  /**
   * Builds a dead letter.
   *
   * <p><b>Threading</b>: for use by one thread.
   */
  final class Builder {
    private final String subscription;
    private final String topic;
    private int partition;
    private long offset;
    private String key = "key";
    private Reason reason = Reason.ATTEMPTS_EXHAUSTED;
    private Failure failure = Failure.HANDLER;
    private Optional<String> error = Optional.empty();
    private Optional<String> errorMessage = Optional.empty();
    private int attempts = 1;
    private Instant firstFailure = Instant.EPOCH;
    private Instant lastFailure = Instant.EPOCH;
    private OnExhausted consequence = OnExhausted.CONTINUE;

    private Builder(String subscription, String topic) {
      this.subscription = subscription;
      this.topic = topic;
    }

    /** Sets the position of the message. */
    public Builder at(int partitionNumber, long position) {
      partition = partitionNumber;
      offset = position;
      return this;
    }

    /** Sets the message's key. */
    public Builder key(String name) {
      key = name;
      return this;
    }

    /** Sets the reason for giving up. */
    public Builder reason(Reason given) {
      reason = given;
      return this;
    }

    /** Sets the kind of the last attempt's failure. */
    public Builder failure(Failure kind) {
      failure = kind;
      return this;
    }

    /** Sets the class of the last error. */
    public Builder error(String className) {
      error = Optional.of(className);
      return this;
    }

    /** Sets the message of the last error. */
    public Builder errorMessage(String text) {
      errorMessage = Optional.of(text);
      return this;
    }

    /** Sets the number of attempts in all. */
    public Builder attempts(int number) {
      attempts = number;
      return this;
    }

    /** Sets the times of the first and the last failed attempt. */
    public Builder failedAt(Instant first, Instant last) {
      firstFailure = first;
      lastFailure = last;
      return this;
    }

    /** Sets the messages that it holds back. */
    public Builder consequence(OnExhausted messages) {
      consequence = messages;
      return this;
    }

    /**
     * Returns the dead letter.
     *
     * @throws NullPointerException if a property is null
     */
    public DeadLetter build() {
      return new DeadLetterValue(
          subscription,
          topic,
          partition,
          offset,
          key,
          reason,
          failure,
          error,
          errorMessage,
          attempts,
          firstFailure,
          lastFailure,
          consequence);
    }
  }
}
