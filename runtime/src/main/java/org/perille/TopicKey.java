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
   * Streams the messages of the key, oldest first.
   *
   * <p>The stream ends at the last message that is stored when it starts. It contains messages that
   * this node can't decode: see {@link StoredMessage#isDecodable}. Each run of the stream reads all
   * messages of the key's partition and emits those of the key.
   */
  Source<StoredMessage<T>, NotUsed> history();
}
