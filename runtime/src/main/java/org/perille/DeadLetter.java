package org.perille;

import java.time.Instant;

/**
 * A message that a subscription gave up on.
 *
 * <p>The message itself remains in its topic's log. See {@link DeadLetters#read}.
 *
 * @param subscription the subscription's name
 * @param topic the topic's name
 * @param partition the partition, from 0
 * @param offset the message's position in its partition
 * @param key the message's key
 * @param reason the reason for giving up
 * @param failure the kind of the last attempt's failure
 * @param error the class of the last error, or empty if there was none
 * @param errorMessage the message of the last error, at most 1,000 characters
 * @param attempts the number of attempts in all
 * @param firstFailure the time of the first failed attempt, by the clock of its node
 * @param lastFailure the time of the last failed attempt, by the clock of its node
 * @param consequence the messages that it holds back
 */
public record DeadLetter(
    String subscription,
    String topic,
    int partition,
    long offset,
    String key,
    Reason reason,
    Failure failure,
    String error,
    String errorMessage,
    int attempts,
    Instant firstFailure,
    Instant lastFailure,
    OnExhausted consequence) {

  /** The reason for giving a message up. */
  public enum Reason {
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
  public enum Failure {
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

  /**
   * Returns a stable name of the message for this subscription, equal to that of its {@link
   * Delivery}.
   */
  public String deliveryId() {
    return subscription + "/" + topic + "/" + partition + "/" + offset;
  }
}
