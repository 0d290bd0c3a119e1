package org.perille.benchmarks.contender;

import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;

/**
 * A system that transports messages from senders to handlers.
 *
 * <p>It stores them in {@value #PARTITIONS} partitions, each in order.
 *
 * <p><b>Threading</b>: {@link #send} is called by one thread.
 */
public interface Contender extends AutoCloseable {
  /** The number of partitions. */
  int PARTITIONS = 16;

  /**
   * Starts. Blocks until the first parcel can be sent.
   *
   * @param done called on any thread when a subscription has done a parcel, with the time at which
   *     it was due. Not called for {@link Job#PUBLISH}, where the stage of {@link #send} reports it
   */
  void begin(Work work, LongConsumer done) throws Exception;

  /**
   * Sends a parcel. May block while no buffer space is free.
   *
   * @return a stage that completes when the parcel is stored
   */
  CompletionStage<?> send(Parcel parcel);

  /**
   * Ensures that the effects of all parcels are in the database, each once. Called when all are
   * done, for {@link Job#JDBC_EFFECT}.
   *
   * @param parcels the number of parcels that were sent
   * @throws IllegalStateException if the database has more or fewer
   */
  default void verify(long parcels) throws SQLException {
    throw new UnsupportedOperationException("nothing can be verified");
  }

  @Override
  void close() throws IOException;
}
