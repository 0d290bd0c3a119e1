package org.perille.persistence.internal;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
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
 * The state that the connections of one H2 file share: its lock, its forces, its compaction.
 *
 * <p>If commits are forced, the engine commits in memory. All commits that wait for the same force
 * are written as one chunk of the file before it. Otherwise the engine writes each commit before
 * the commit returns.
 *
 * <p>There is one instance for each file, for the lifetime of the process. A file whose force
 * failed remains unusable.
 */
final class H2File {
  private static final Logger LOG = LoggerFactory.getLogger(H2File.class);
  private static final Map<Path, H2File> FILES = new ConcurrentHashMap<>();

  /** The number of commits after which the chunks with the least live data are rewritten. */
  static final int COMMITS_BETWEEN_COMPACTIONS = 100;

  /** The percentage of live data in the chunks that needs no compaction. */
  private static final int ENOUGH_LIVE_PERCENT = 50;

  /**
   * The amount of live data that is rewritten at once. It is small because commits wait meanwhile.
   */
  private static final int COMPACTED_BYTES = 512 * 1024;

  /**
   * The number of versions of the file whose chunks aren't overwritten.
   *
   * <p>A version that isn't forced yet must not overwrite parts of the last forced one. Otherwise a
   * power failure leaves neither. One version at a time isn't forced.
   */
  private static final int VERSIONS_KEPT = 8;

  /** The delay with which the engine writes commits that nobody requests to be written: none. */
  private static final int NOT_BY_ITSELF = -1;

  /** The duration after which a connection, or a force, no longer waits for the lock. */
  private static final long LOCK_SECONDS = 30;

  private static final long IDLE_THREAD_SECONDS = 10;

  private final ThreadPoolExecutor thread;
  private final SharedForce force;
  private final Semaphore lock = new Semaphore(1, true);
  private final AtomicBoolean compacting = new AtomicBoolean();
  private volatile WeakReference<MVStore> store = new WeakReference<>(null);
  private volatile H2Header header;
  private volatile long compactedVersion;

  private H2File(Path file) {
    this(file, new FileForce(file));
  }

  /** Creates an instance with another way to force the file. */
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
    this.header = H2Header.of(file.toString());
    this.force =
        new SharedForce(
            thread,
            () -> {
              write();
              header.force(force);
            });
  }

  static H2File of(Path file) {
    return FILES.computeIfAbsent(file, H2File::new);
  }

  /** Returns the session behind a connection of the engine. */
  static SessionLocal session(Connection connection) throws SQLException {
    return (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
  }

  /**
   * Prepares the engine behind a new connection, unless it is prepared.
   *
   * @param forced true if each commit is forced
   */
  void opened(MVStore opened, boolean forced) {
    if (forced) {
      // Each new connection has reset this to the value in its address.
      opened.setAutoCommitDelay(NOT_BY_ITSELF);
    }
    synchronized (this) {
      if (store.get() == opened) {
        return;
      }
      if (forced) {
        // By default the engine overwrites nothing that is younger than 45 seconds, hoping that it
        // is on the disk by then. Here the last forced version is known to be.
        opened.setVersionsToKeep(VERSIONS_KEPT);
        opened.setRetentionTime(0);
      }
      if (opened.isPersistent()) {
        // An engine in memory has no file, and so no header.
        header = H2Header.of(opened.getFileStore().getFileName());
      }
      compactedVersion = opened.getCurrentVersion();
      store = new WeakReference<>(opened);
    }
  }

  /**
   * Waits for the lock that a connection has from its first change to the end of the transaction.
   *
   * <p>The engine writes the roots of its tables, indexes and undo logs one after the other. If
   * another transaction changes them meanwhile, and the process then ends, a part of that
   * transaction is found again. See <a href="https://github.com/h2database/h2database/issues/2080">
   * issue 2080 of H2</a>.
   *
   * @return false if the lock isn't available for a long time, or the thread is interrupted, whose
   *     interrupt status is then set
   */
  boolean lock() {
    try {
      return lock.tryAcquire(LOCK_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  void unlock() {
    lock.release();
  }

  /** Writes all that was committed as a chunk of the file. */
  private void write() throws IOException {
    MVStore current = store.get();
    if (current == null || !current.isPersistent()) {
      return;
    }
    if (!lock()) {
      throw new IOException(
          "commits couldn't be written to the file, because a transaction takes longer than %d s"
              .formatted(LOCK_SECONDS));
    }
    try {
      long unused = current.commit();
      if (current.isClosed()) {
        throw new IOException("the database was closed before a commit was written");
      }
    } catch (MVStoreException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      unlock();
    }
  }

  /** Makes durable all that was committed before the call. See {@link SharedForce#await}. */
  void force() throws IOException {
    force.await();
  }

  /** Counts a commit. After a number of commits the thread compacts the file. */
  void committed() {
    MVStore current = store.get();
    if (current != null
        && current.getCurrentVersion() - compactedVersion >= COMMITS_BETWEEN_COMPACTIONS
        && compacting.compareAndSet(false, true)) {
      try {
        thread.execute(() -> compact(current));
      } catch (RuntimeException | Error e) {
        // The commit is durable, whatever the outcome here. A later call retries.
        compacting.set(false);
        LOG.debug("The file wasn't compacted", e);
      }
    }
  }

  private void compact(MVStore current) {
    boolean locked = lock();
    try {
      if (!locked) {
        return;
      }
      compactedVersion = current.getCurrentVersion();
      boolean unused = current.compact(ENOUGH_LIVE_PERCENT, COMPACTED_BYTES);
    } catch (MVStoreException e) {
      // The database is being closed. If the cause is worse, commits fail by themselves.
      LOG.debug("The file wasn't compacted", e);
    } finally {
      if (locked) {
        unlock();
      }
      compacting.set(false);
    }
  }
}
