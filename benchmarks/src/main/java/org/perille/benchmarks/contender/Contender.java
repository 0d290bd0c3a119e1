package org.perille.benchmarks.contender;

import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;

/**
 * A way to get messages from whoever sends them to whoever handles them. It stores them in {@value
 * #PARTITIONS} parts, each in order.
 *
 * <p><b>Threading</b>: {@link #send} is called by one thread.
 */
public interface Contender extends AutoCloseable {
  /** Into how many parts messages are divided. */
  int PARTITIONS = 16;

  /**
   * Gets ready; blocks until the first parcel can be sent.
   *
   * @param done told on any thread when a subscription has done a parcel, with the time at which it
   *     was due; not for {@link Job#PUBLISH}, where the stage that {@link #send} gives tells it
   */
  void begin(Work work, LongConsumer done) throws Exception;

  /**
   * Sends a parcel; may block while there is no room for it.
   *
   * @return completes when it is stored
   */
  CompletionStage<?> send(Parcel parcel);

  @Override
  void close() throws IOException;
}
