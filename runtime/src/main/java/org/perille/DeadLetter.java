package org.perille;

import java.time.Instant;

/**
 * A message that a subscription gave up on. The message itself stands in its topic's log; see
 * {@link DeadLetters#read}.
 *
 * @param subscription the subscription's name
 * @param topic the topic's name
 * @param partition the partition, from 0
 * @param offset the message's position in its partition
 * @param key what orders the message
 * @param reason why it was given up
 * @param failure what the last attempt failed of
 * @param error the class of the last error, or empty if there was none
 * @param errorMessage what the last error said, at most 1,000 characters
 * @param attempts how often it was tried, in all
 * @param firstFailure when the first attempt failed, by the clock of its node
 * @param lastFailure when the last attempt failed, by the clock of its node
 * @param consequence what it keeps from being handled
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

  /** Why a message was given up. */
  public enum Reason {
    /** There were as many attempts as the retry policy allows. */
    ATTEMPTS_EXHAUSTED,
    /** The retry policy's maximum age was reached. */
    TOO_OLD,
    /** The handler gave it up, or the retry policy calls the error permanent. */
    PERMANENT,
    /** Its "not after" had passed. */
    EXPIRED,
    /** Its attempt failed, and its subscription's guarantee allows no second one: at-most-once. */
    NO_SECOND_ATTEMPT
  }

  /** What an attempt failed of. */
  public enum Failure {
    /** The handler threw, or its stage failed. */
    HANDLER,
    /** The handler said no; see {@link Nack}. */
    NACK,
    /** The handler did not answer in time. */
    DEADLINE,
    /** The payload could not be decoded. */
    UNDECODABLE,
    /** The node or the worker ended before the handler did. */
    CRASH,
    /** There was no attempt: the message was too old. */
    EXPIRY
  }

  /** A stable name of the message for this subscription, that of its {@link Delivery}. */
  public String deliveryId() {
    return subscription + "/" + topic + "/" + partition + "/" + offset;
  }
}
