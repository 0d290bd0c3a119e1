package org.perille;

import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/**
 * One key of a topic; see {@link TopicHandle#key}.
 *
 * @param <T> the messages
 */
public interface TopicKey<T> {

  /**
   * Returns the messages of the key, oldest first, up to the end of the log as it is when the
   * stream starts. Each run of the stream reads all messages of the key's partition and emits those
   * of the key.
   */
  Source<KeyMessage<T>, NotUsed> history();
}
