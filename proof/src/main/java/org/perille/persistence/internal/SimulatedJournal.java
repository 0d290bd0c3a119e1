package org.perille.persistence.internal;

import com.google.protobuf.ByteString;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import scala.Option;

/**
 * The journal of one process: its queue and its statements, without the plugin around them.
 *
 * <p>Threads are replaced by executors, whose tasks a simulation runs when it chooses to.
 */
public final class SimulatedJournal {
  private static final int MAX_WAITING = 1000;
  private static final int WRITERS = 2;
  private static final ThreadLocal<Forces> FORCES = ThreadLocal.withInitial(Forces::new);

  /**
   * An event as it is stored.
   *
   * @param writer the epoch of its actor
   */
  public record Row(
      String persistenceId,
      long sequenceNumber,
      String writer,
      String manifest,
      ByteString bytes) {}

  private final DataSource dataSource;
  private final Executor writers;
  private final WriteQueue<JournalPekkoSerializationRow> queue;

  /**
   * Creates a queue without writes.
   *
   * @param maxRows the maximum number of rows of a transaction with more than one write
   * @param writers runs transactions
   * @param answers notifies actors of the outcome of their writes
   * @param later checks whether a write has waited for too long
   */
  public SimulatedJournal(
      DataSource dataSource, int maxRows, Executor writers, Executor answers, Executor later) {
    this.dataSource = dataSource;
    this.writers = writers;
    this.queue =
        new WriteQueue<>(
            new WriteQueue.QueueLimits(MAX_WAITING, maxRows, WRITERS),
            this::lend,
            JournalTable::isRefused,
            answers,
            later);
  }

  /** Creates the tables of the embedded database. */
  public static void create(Connection connection) throws SQLException {
    new Schema(Dialect.H2, "simulation").prepare(connection, true);
  }

  /** Returns whether the pool of the journal discards a connection that has failed in this way. */
  public static boolean discards(SQLException failure) {
    return new StaleConnections().adjudicate(failure) == SQLExceptionOverride.Override.MUST_EVICT;
  }

  /** Returns a connection to an embedded database. The shipped classes force its commits. */
  public static Connection forced(Connection connection, Runnable force) throws SQLException {
    FORCES.get().force = force;
    return H2Connection.of(connection, FORCES.get().file, true);
  }

  /**
   * The file of a thread's database. The database is in memory, so that a force is only recorded.
   */
  private static final class Forces {
    private volatile Runnable force = () -> {};
    private final H2File file = new H2File(Path.of("simulation"), () -> force.run());
  }

  private CompletionStage<?> lend(
      Consumer<WriteQueue.Transaction<JournalPekkoSerializationRow>> writer) {
    CompletableFuture<Void> returned = new CompletableFuture<>();
    writers.execute(
        () -> {
          try (Connection connection = dataSource.getConnection()) {
            writer.accept(rows -> JournalTable.insert(connection, rows));
          } catch (SQLException | RuntimeException | Error e) {
            returned.completeExceptionally(e);
            return;
          }
          returned.complete(null);
        });
    return returned;
  }

  /** Stores events of an actor atomically. */
  public CompletionStage<Void> store(List<Row> rows) {
    return queue.add(rows.stream().map(SimulatedJournal::row).toList());
  }

  private static JournalPekkoSerializationRow row(Row row) {
    return new JournalPekkoSerializationRow(
        0,
        false,
        row.persistenceId,
        row.sequenceNumber,
        row.writer,
        0,
        "",
        row.bytes.toByteArray(),
        1,
        row.manifest,
        Option.empty(),
        Option.empty(),
        Option.empty());
  }

  /** Returns all stored events, by actor and sequence number. */
  public static List<Row> read(Connection connection) throws SQLException {
    List<Row> found = new ArrayList<>();
    try (ResultSet row =
        connection
            .createStatement()
            .executeQuery(
                "SELECT \"persistence_id\", \"sequence_number\", \"writer\","
                    + " \"event_ser_manifest\", \"event_payload\" FROM \"perille_journal\" ORDER BY"
                    + " 1, 2")) {
      while (row.next()) {
        found.add(
            new Row(
                row.getString(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                ByteString.copyFrom(row.getBytes(5))));
      }
    }
    return found;
  }

  /** Returns the event of an insert statement with these parameters. */
  public static Row inserted(List<Object> parameters) {
    return new Row(
        (String) parameters.get(1),
        (Long) parameters.get(2),
        (String) parameters.get(3),
        (String) parameters.get(8),
        ByteString.copyFrom((byte[]) parameters.get(6)));
  }
}
