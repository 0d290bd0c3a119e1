package org.perille.persistence.internal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.persistence.Databases;

/** The number of forces on H2 when many actors write single rows: counts, not times. */
class SharedWritesTest {
  private static final int ACTORS = 60;

  @TempDir Path directory;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ConcurrentLinkedQueue<Runnable> looks = new ConcurrentLinkedQueue<>();

  /** The number of forces that have started, and permits to end. */
  private final AtomicInteger forces = new AtomicInteger();

  private final Semaphore mayEnd = new Semaphore(0);

  private H2File file;
  private WriteQueue<JournalPekkoSerializationRow> queue;

  @AfterEach
  void stop() {
    mayEnd.release(1000);
    threads.shutdown();
  }

  private void open() {
    new H2Storage().prepare(Databases.h2(directory).config());
    file =
        new H2File(
            directory.resolve("perille.mv.db"),
            () -> {
              forces.incrementAndGet();
              mayEnd.acquireUninterruptibly();
            });
    queue =
        new WriteQueue<>(
            new WriteQueue.QueueLimits(1000, 400, 2),
            this::lend,
            JournalTable::isRefused,
            threads,
            looks::add);
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:h2:file:" + directory.resolve("perille") + ";WRITE_DELAY=0", "sa", "");
  }

  private CompletionStage<?> lend(
      Consumer<WriteQueue.Transaction<JournalPekkoSerializationRow>> user) {
    return CompletableFuture.runAsync(
        () -> {
          try (Connection connection = H2Connection.of(connect(), file, true)) {
            user.accept(rows -> JournalTable.insert(connection, rows));
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        },
        threads);
  }

  private List<CompletableFuture<Void>> write(String name, int actors) {
    List<CompletableFuture<Void>> written = new ArrayList<>();
    for (int i = 0; i < actors; i++) {
      written.add(queue.add(List.of(JournalTableTest.row(name + i, 1))).toCompletableFuture());
    }
    return written;
  }

  private void awaitForces(int number) {
    await().atMost(180, SECONDS).until(() -> forces.get() == number);
  }

  @Test
  void rows_that_come_while_a_force_runs_are_stored_meanwhile_and_share_the_next_force()
      throws SQLException {
    open();
    List<CompletableFuture<Void>> first = write("first", 1);
    awaitForces(1);
    // They wait for too long: a second writer stores them during the force of the first one.
    List<CompletableFuture<Void>> second = write("second", ACTORS);
    await()
        .atMost(180, SECONDS)
        .until(
            () -> {
              Optional.ofNullable(looks.poll()).ifPresent(Runnable::run);
              return rows() == 1 + ACTORS;
            });
    // These wait for a writer, and are one transaction too.
    List<CompletableFuture<Void>> third = write("third", ACTORS);
    assertThat(forces).hasValue(1);
    mayEnd.release();
    awaitForces(2);
    await().atMost(180, SECONDS).until(() -> rows() == 1 + 2 * ACTORS);
    assertThat(first).allSatisfy(done -> assertThat(done).succeedsWithin(180, SECONDS));
    assertThat(second).noneMatch(CompletableFuture::isDone);
    mayEnd.release(2);
    for (CompletableFuture<Void> done : second) {
      assertThat(done).succeedsWithin(180, SECONDS);
    }
    for (CompletableFuture<Void> done : third) {
      assertThat(done).succeedsWithin(180, SECONDS);
    }
    // The third may have arrived before the second force started.
    assertThat(forces.get()).isBetween(2, 3);
  }

  private int rows() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM \"perille_journal\"")) {
      count.next();
      return count.getInt(1);
    }
  }
}
