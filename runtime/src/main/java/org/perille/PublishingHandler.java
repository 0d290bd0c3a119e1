package org.perille;

/**
 * A handler that returns messages for other topics: consume, process, produce.
 *
 * <p><b>Guarantee</b>: each of the messages is stored in its topic once, however often the handled
 * message is delivered and whatever crashes. Messages published under one key for messages of one
 * key keep their order.
 *
 * <p><b>Not guaranteed</b>: a single call. The handler must only decide, without side effects.
 *
 * <p><b>Threading</b>: called concurrently for different keys, and for one message at a time of the
 * same key.
 *
 * <p><b>Failure</b>: if it throws, or a message can't be published, none is, and the attempt has
 * failed.
 */
@FunctionalInterface
public interface PublishingHandler<T> {
  /**
   * Decides the messages to publish, and the reply. There is no state, so events aren't possible.
   *
   * @throws Exception any exception fails the attempt
   */
  Effect<?> handle(Delivery<T> delivery) throws Exception;
}
