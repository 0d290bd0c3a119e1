package org.perille;

/**
 * A handler of messages, on a thread that may block.
 *
 * <p>Returning acknowledges the message. Throwing fails the attempt.
 *
 * <p><b>Threading</b>: called concurrently for different keys. For one key never concurrently
 * within a node, and always in the order of its offsets.
 */
@FunctionalInterface
public interface Handler<T> {
  /**
   * Handles one attempt.
   *
   * @throws Exception any exception fails the attempt
   */
  void handle(Delivery<T> delivery) throws Exception;
}
