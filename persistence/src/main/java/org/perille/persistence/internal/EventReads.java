package org.perille.persistence.internal;

import java.util.List;
import org.apache.pekko.NotUsed;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.jdbc.PekkoSerialization;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.scaladsl.Source;
import scala.Tuple2;
import scala.concurrent.ExecutionContext;
import scala.util.Try;

/** Reads few events of many actors, in statements that they share. */
final class EventReads {
  /**
   * The largest number of events of one statement, which are in memory at the same time. An actor
   * with more of them has a stream of its own.
   */
  static final int MAX_EVENTS = 250;

  private final Serialization serialization;
  private final SharedReads<RecoveryReads.Range, List<JournalPekkoSerializationRow>> reads;

  /**
   * Creates a queue of reads.
   *
   * @param executor completes the reads
   */
  EventReads(PluginDatabase database, Serialization serialization, ExecutionContext executor) {
    this.serialization = serialization;
    this.reads =
        new SharedReads<>(
            MAX_EVENTS,
            range -> (int) Math.max(1, range.to() - range.from() + 1),
            ranges ->
                PluginDatabase.stage(
                    database.execute(connection -> RecoveryReads.events(connection, ranges))),
            executor::execute);
  }

  /** Returns the events of an actor, from a sequence number to another one, with their ordering. */
  Source<Try<Tuple2<PersistentRepr, Object>>, NotUsed> read(
      String persistenceId, long from, long to) {
    return org.apache.pekko.stream.javadsl.Source.completionStage(
            reads.read(new RecoveryReads.Range(persistenceId, from, to)))
        .mapConcat(rows -> rows)
        .map(row -> PekkoSerialization.fromRow(serialization, row))
        .asScala();
  }
}
