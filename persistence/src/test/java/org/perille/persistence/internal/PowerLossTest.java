package org.perille.persistence.internal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.StorageException;
import org.perille.persistence.Databases;

/**
 * Power failures of the machine with the embedded file. The engine, {@link H2Connection}, {@link
 * H2File}, {@link SharedForce} and {@link FileForce} are the real ones; {@link FragileDisk} forgets
 * what they don't force.
 */
class PowerLossTest {
  private static final int SEEDS = 3;
  private static final int MANY_SEEDS = 100;

  /** The file lives on what the last power failure has left. */
  private static final int LIVES = 4;

  /** Enough for the file to be compacted, and its chunks overwritten. */
  private static final int WRITES = 260;

  private static final int MOST_OPERATIONS = 3 * WRITES;
  private static final int OPERATIONS_WHILE_CLOSING = 30;

  @TempDir static Path directory;

  private static byte[] empty;

  @BeforeAll
  static void createTables() throws Exception {
    new H2Storage().prepare(Databases.h2(directory).config());
    empty = Files.readAllBytes(directory.resolve("perille.mv.db"));
  }

  /** A way to force commits. */
  @FunctionalInterface
  private interface Forcing {
    SharedForce.Force of(Path file);
  }

  /** The rows of one writer, which no other writer touches. */
  private static final class Rows {
    private final String actor;

    /** The confirmed ones: from the first that isn't deleted to the last. */
    private Range confirmed = new Range(1, 0);

    /** The same with the transaction whose outcome is unknown. */
    private Range perhaps = confirmed;

    Rows(String actor) {
      this.actor = actor;
    }

    private void write(Connection connection, Random random) {
      if (confirmed.size() >= 20 && random.nextInt(10) == 0) {
        long to = confirmed.last - random.nextInt(10);
        perhaps = new Range(to + 1, confirmed.last);
        JournalTable.delete(connection, actor, to);
      } else {
        int rows = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 1;
        perhaps = new Range(confirmed.first, confirmed.last + rows);
        JournalTable.insert(
            connection,
            LongStream.rangeClosed(confirmed.last + 1, perhaps.last)
                .mapToObj(number -> JournalTableTest.row(actor, number))
                .toList());
      }
      confirmed = perhaps;
    }

    /** Takes over what was found. */
    private void found(List<Long> numbers, String where) {
      assertThat(numbers)
          .as(
              "rows of %s, with confirmed %s, and perhaps %s, in %s",
              actor, confirmed, perhaps, where)
          .isIn(confirmed.numbers(), perhaps.numbers());
      confirmed = numbers.equals(perhaps.numbers()) ? perhaps : confirmed;
      perhaps = confirmed;
    }
  }

  /** Rows in a row. */
  private record Range(long first, long last) {
    long size() {
      return last - first + 1;
    }

    List<Long> numbers() {
      return LongStream.rangeClosed(first, last).boxed().toList();
    }
  }

  /** A run of lives of one file. */
  private static final class Story {
    private final Random random;
    private final Forcing forcing;
    private final Path place;
    private final List<Rows> writers = new ArrayList<>();
    private byte[] content = empty;
    private boolean whileClosing;

    Story(long seed, int threads, Forcing forcing) throws IOException {
      this.random = new Random(seed);
      this.forcing = forcing;
      this.place = Files.createTempDirectory(directory, "seed" + seed + "-");
      for (int i = 0; i < threads; i++) {
        writers.add(new Rows("writer-" + i));
      }
    }

    void tell() throws Exception {
      for (int life = 1; life <= LIVES; life++) {
        Path file = Files.createDirectory(place.resolve("life" + life)).resolve("perille.mv.db");
        Files.write(file, content);
        FragileDisk disk = new FragileDisk(content, new Random(random.nextLong()));
        FragileFiles.put(file, disk);
        try {
          live(file, disk);
        } finally {
          content = disk.afterPowerFailure();
          FragileFiles.remove(file);
        }
        compare(life);
      }
    }

    private void live(Path file, FragileDisk disk) throws Exception {
      whileClosing = random.nextInt(3) == 0;
      if (!whileClosing) {
        disk.failAfter(1 + random.nextInt(MOST_OPERATIONS));
      }
      JdbcDataSource engine = new JdbcDataSource();
      engine.setURL(
          H2DataSource.engineUrl(FragileFiles.SCHEME + ":" + file.resolveSibling("perille")));
      engine.setUser("sa");
      H2File shared = new H2File(file, forcing.of(file));
      List<Connection> connections = new ArrayList<>();
      ExecutorService threads = Executors.newFixedThreadPool(writers.size());
      try {
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (Rows rows : writers) {
          Connection connection = H2Connection.of(engine.getConnection(), shared, true);
          connections.add(connection);
          Random own = new Random(random.nextLong());
          ends.add(
              CompletableFuture.runAsync(() -> writeAll(rows, connection, own, disk), threads));
        }
        CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).get(60, SECONDS);
      } catch (SQLException e) {
        requireFailed(disk, e);
      } finally {
        threads.shutdown();
        if (whileClosing) {
          disk.failAfter(1 + random.nextInt(OPERATIONS_WHILE_CLOSING));
        }
        close(connections, disk);
      }
    }

    private void writeAll(Rows rows, Connection connection, Random own, FragileDisk disk) {
      try {
        for (int i = 0; i < WRITES / writers.size(); i++) {
          rows.write(connection, own);
        }
      } catch (StorageException e) {
        requireFailed(disk, e);
      }
    }

    private static void requireFailed(FragileDisk disk, Exception failure) {
      if (!disk.hasFailed()) {
        throw new IllegalStateException("a write fails while there is power", failure);
      }
    }

    private static void close(List<Connection> connections, FragileDisk disk) {
      for (Connection connection : connections) {
        try {
          connection.close();
        } catch (SQLException e) {
          requireFailed(disk, e);
        }
      }
    }

    /** Reads what the power failure has left, with nothing but the engine. */
    private void compare(int life) throws Exception {
      Path left = Files.createDirectory(place.resolve("left" + life));
      Files.write(left.resolve("perille.mv.db"), content);
      JdbcDataSource engine = new JdbcDataSource();
      engine.setURL(H2DataSource.url(left.toString()));
      engine.setUser("sa");
      Map<String, List<Long>> found = new HashMap<>();
      try (Connection connection = engine.getConnection();
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT \"persistence_id\", \"sequence_number\" FROM \"perille_journal\" WHERE"
                      + " NOT \"deleted\" ORDER BY \"sequence_number\"")) {
        while (row.next()) {
          found.computeIfAbsent(row.getString(1), actor -> new ArrayList<>()).add(row.getLong(2));
        }
      }
      String where = "life " + life + (whileClosing ? ", while closing" : "");
      writers.forEach(rows -> rows.found(found.getOrDefault(rows.actor, List.of()), where));
    }
  }

  private static SharedForce.Force ofTheProduct(Path file) {
    return new FileForce(file, FragileFiles::open);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void every_confirmed_write_survives_power_failures(int threads) throws Exception {
    survive(threads, 1, SEEDS);
  }

  /** The result of a power failure depends on threads too: more seeds find more. */
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void every_confirmed_write_survives_many_power_failures(int threads) throws Exception {
    survive(threads, SEEDS + 1, MANY_SEEDS);
  }

  private static void survive(int threads, int from, int to) throws Exception {
    for (int seed = from; seed <= to; seed++) {
      try {
        new Story(seed, threads, PowerLossTest::ofTheProduct).tell();
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed %d of %d threads".formatted(seed, threads), e);
      }
    }
  }

  /** A deliberate mistake shows that a missing force is found. */
  @Test
  void what_is_confirmed_without_a_force_is_found_to_be_lost() {
    assertThatThrownBy(() -> new Story(1, 1, file -> () -> {}).tell()).isNotNull();
  }
}
