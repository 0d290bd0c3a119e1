package org.perille;

/**
 * A handler that answers a message with messages for other topics: consume, process, produce.
 *
 * <p><b>Guarantee</b>: each of them stands in its topic once, however often the message comes and
 * whatever crashes. What is published under one key for messages of one key keeps their order.
 *
 * <p><b>Not guaranteed</b>: that it is called once; it decides, and changes nothing outside.
 *
 * <p><b>Threading</b>: called for different keys at once, for one key one message after the other.
 *
 * <p><b>Failure</b>: if it throws, or a message can't be published, nothing is, and the attempt has
 * failed.
 */
@FunctionalInterface
public interface PublishingHandler<T> {
  /**
   * Decides what to publish, and what to reply; there is no state that events could change.
   *
   * @throws Exception any exception fails the attempt
   */
  Effect<?> handle(Delivery<T> delivery) throws Exception;
}
