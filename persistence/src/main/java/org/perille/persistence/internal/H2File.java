package org.perille.persistence.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;

/**
 * What the connections of one H2 file share: forces. The engine writes each commit as a chunk of
 * the file before the commit returns.
 *
 * <p>There is one for each file and process, for ever: a file that couldn't be forced stays
 * refused.
 */
final class H2File {
  private static final Map<Path, H2File> FILES = new ConcurrentHashMap<>();

  private static final long IDLE_THREAD_SECONDS = 10;

  private final SharedForce force;

  private H2File(Path file) {
    ThreadPoolExecutor thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread created = new Thread(task, "perille-h2-force " + file);
              created.setDaemon(true);
              return created;
            });
    thread.allowCoreThreadTimeOut(true);
    this.force = new SharedForce(thread, new FileForce(file));
  }

  static H2File of(Path file) {
    return FILES.computeIfAbsent(file, H2File::new);
  }

  /** The session behind a connection of the engine. */
  static SessionLocal session(Connection connection) throws SQLException {
    return (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
  }

  /** Makes durable what was committed before the call; see {@link SharedForce#await}. */
  void force() throws IOException {
    force.await();
  }
}
