package org.perille;

/**
 * Operations on a topic; see {@link Perille#topic}.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 *
 * @param <T> the messages
 */
public interface TopicHandle<T> {

  /** Returns the messages of one key. */
  TopicKey<T> key(String key);
}
