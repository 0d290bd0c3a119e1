package org.perille;

/**
 * Handles a message on a thread that may block.
 *
 * <p>Returning acknowledges the message. Throwing fails the attempt.
 *
 * <p><b>Threading</b>: called for several keys at once, for one key never concurrently within a
 * node, and always in the order of its offsets.
 */
@FunctionalInterface
public interface Handler<T> {
  /** Handles one attempt; an exception means that it failed. */
  void handle(Delivery<T> delivery) throws Exception;
}
