package org.perille.benchmarks.outbox;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.perille.benchmarks.contender.Parcel;

/** An outbox with its relay, in an application that has a table of its own. */
interface Relay extends AutoCloseable {
  /** The connections of the application's transactions. */
  int THREADS = 8;

  /** Inserts a row into the application's table for each parcel, and publishes it. */
  void transact(List<Parcel> parcels) throws SQLException;

  /** Returns the number of parcels that were handled. */
  long handled();

  /** Returns the bytes of the tables of the outbox. */
  long bytes() throws SQLException;

  @Override
  void close() throws IOException;
}
