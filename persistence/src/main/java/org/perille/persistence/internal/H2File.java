package org.perille.persistence.internal;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the connections of one H2 file share: forces, and the compaction of the file. The engine
 * writes each commit as a chunk of the file before the commit returns.
 *
 * <p>There is one for each file and process, for ever: a file that couldn't be forced stays
 * refused.
 */
final class H2File {
  private static final Logger LOG = LoggerFactory.getLogger(H2File.class);
  private static final Map<Path, H2File> FILES = new ConcurrentHashMap<>();

  /** After so many commits the chunks with the least live data are written anew. */
  static final int COMMITS_BETWEEN_COMPACTIONS = 100;

  /** Percentage of live data in the chunks that is enough. */
  private static final int ENOUGH_LIVE_PERCENT = 50;

  /** Live data that is written anew at once. Commits wait meanwhile, so that it isn't much. */
  private static final int COMPACTED_BYTES = 512 * 1024;

  /**
   * Versions of the file whose chunks aren't overwritten. A version that isn't forced yet must not
   * overwrite what the last forced one consists of, or a power failure leaves neither. Each
   * connection can have one commit that isn't forced, and a large transaction is written in parts.
   */
  private static final int VERSIONS_KEPT = 64;

  private static final long IDLE_THREAD_SECONDS = 10;

  private final ThreadPoolExecutor thread;
  private final SharedForce force;
  private final AtomicBoolean compacting = new AtomicBoolean();
  private volatile WeakReference<MVStore> store = new WeakReference<>(null);
  private volatile long compactedVersion;

  private H2File(Path file) {
    this(file, new FileForce(file));
  }

  /** A file that is forced in another way. */
  H2File(Path file, SharedForce.Force force) {
    this.thread =
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
    this.force = new SharedForce(thread, force);
  }

  static H2File of(Path file) {
    return FILES.computeIfAbsent(file, H2File::new);
  }

  /** The session behind a connection of the engine. */
  static SessionLocal session(Connection connection) throws SQLException {
    return (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
  }

  /**
   * Prepares the engine that a connection was opened to, if it hasn't been yet.
   *
   * @param forced whether each commit is forced
   */
  void opened(SessionLocal session, boolean forced) {
    MVStore opened = session.getDatabase().getStore().getMvStore();
    synchronized (this) {
      if (store.get() == opened) {
        return;
      }
      if (forced) {
        // By itself the engine overwrites nothing that is younger than 45 seconds, in the hope that
        // it is on the disk by then. Here the last forced version is known to be.
        opened.setVersionsToKeep(VERSIONS_KEPT);
        opened.setRetentionTime(0);
      }
      compactedVersion = opened.getCurrentVersion();
      store = new WeakReference<>(opened);
    }
  }

  /** Makes durable what was committed before the call; see {@link SharedForce#await}. */
  void force() throws IOException {
    force.await();
  }

  /** Is called after each commit: from time to time it has the file compacted, by the thread. */
  void committed() {
    MVStore current = store.get();
    if (current != null
        && current.getCurrentVersion() - compactedVersion >= COMMITS_BETWEEN_COMPACTIONS
        && compacting.compareAndSet(false, true)) {
      thread.execute(() -> compact(current));
    }
  }

  private void compact(MVStore current) {
    try {
      compactedVersion = current.getCurrentVersion();
      // What it moves is written by the next commit.
      boolean unused = current.compact(ENOUGH_LIVE_PERCENT, COMPACTED_BYTES);
    } catch (MVStoreException e) {
      // A database that is being closed; commits fail by themselves if it is more than that.
      LOG.debug("The file wasn't compacted", e);
    } finally {
      compacting.set(false);
    }
  }
}
