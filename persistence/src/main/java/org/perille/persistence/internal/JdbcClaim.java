package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import javax.sql.DataSource;
import org.perille.Delivery;
import org.perille.persistence.internal.CursorTable.Row;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker's right to one partition: transactions of different keys run at once, and each ends by
 * moving the cursor from where this claim last left it. A claim that is no longer the latest moves
 * nothing, and so commits nothing.
 */
public final class JdbcClaim<T> implements Claim<T> {

  /** The application's part of a transaction. */
  @FunctionalInterface
  public interface Effect<T> {
    /** Applies all, or says which one failed. */
    void apply(Connection connection, List<Delivery<T>> deliveries) throws EffectFailedException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(JdbcClaim.class);

  private final DataSource dataSource;
  private final CursorTable table;
  private final CursorTable.Place place;
  private final Effect<T> effect;
  private final Semaphore transactions;
  private final Row claimed;

  /** Held while a transaction moves the cursor and commits. */
  private final Object committing = new Object();

  private Row last;

  private JdbcClaim(
      DataSource dataSource,
      CursorTable table,
      CursorTable.Place place,
      Effect<T> effect,
      Semaphore transactions,
      Row claimed) {
    this.dataSource = dataSource;
    this.table = table;
    this.place = place;
    this.effect = effect;
    this.transactions = transactions;
    this.claimed = claimed;
    this.last = claimed;
  }

  /** Makes a claim that fences all earlier ones. */
  public static <T> Claim<T> make(
      DataSource dataSource,
      CursorTable table,
      CursorTable.Place place,
      Effect<T> effect,
      Semaphore transactions)
      throws SQLException {
    return new JdbcClaim<>(dataSource, table, place, effect, transactions, table.claim(place));
  }

  @Override
  public long epoch() {
    return claimed.epoch();
  }

  @Override
  public Optional<CursorState> stored() {
    return claimed.cursor();
  }

  @Override
  public CursorState change(Function<Optional<CursorState>, CursorState> change)
      throws ClaimLostException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        synchronized (committing) {
          CursorState next = change.apply(last.cursor());
          commit(connection, next);
          return next;
        }
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new ClaimLostException("the cursor of " + place + " can't be stored", e);
    }
  }

  @Override
  public Duration process(List<Delivery<T>> deliveries, Advance advance)
      throws EffectFailedException, ClaimLostException {
    transactions.acquireUninterruptibly();
    try {
      return processInTransaction(deliveries, advance);
    } finally {
      transactions.release();
    }
  }

  private Duration processInTransaction(List<Delivery<T>> deliveries, Advance advance)
      throws EffectFailedException, ClaimLostException {
    Connection connection;
    try {
      connection = dataSource.getConnection();
    } catch (SQLException e) {
      throw new EffectFailedException(deliveries.get(0).offset(), e);
    }
    try {
      return processOn(connection, deliveries, advance);
    } finally {
      giveBack(connection);
    }
  }

  private Duration processOn(Connection connection, List<Delivery<T>> deliveries, Advance advance)
      throws EffectFailedException, ClaimLostException {
    try {
      connection.setAutoCommit(false);
      long begin = System.nanoTime();
      effect.apply(GuardedConnection.of(connection), deliveries);
      long handling = System.nanoTime() - begin;
      List<Long> offsets = deliveries.stream().map(Delivery::offset).toList();
      synchronized (committing) {
        commit(connection, advance.apply(last.cursor().orElseThrow(), offsets));
      }
      return Duration.ofNanos(handling);
    } catch (SQLException e) {
      // Whatever could have changed something says so with another exception.
      throw new EffectFailedException(deliveries.get(0).offset(), e);
    }
  }

  /**
   * Returns a connection to its pool without open work. It must not throw: what became of the
   * transaction is decided by now, and a broken connection may not hide it.
   */
  private void giveBack(Connection connection) {
    try (connection) {
      // Whatever was not committed is rolled back; after a commit this does nothing.
      connection.rollback();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      LOG.info("A connection of {} is broken: {}", place, e.getMessage());
    }
  }

  /** Moves the cursor and commits; whoever calls it from several threads holds the lock. */
  private void commit(Connection connection, CursorState next)
      throws RolledBackException, ClaimLostException {
    synchronized (committing) {
      move(connection, next);
      try {
        connection.commit();
      } catch (SQLException e) {
        if (isRolledBack(e)) {
          throw new RolledBackException(e);
        }
        throw new ClaimLostException(
            "nobody knows whether a commit of " + place + " has happened", e);
      }
      last = new Row(last.epoch(), last.version() + 1, Optional.of(next));
    }
  }

  private void move(Connection connection, CursorState next)
      throws RolledBackException, ClaimLostException {
    boolean moved;
    try {
      moved = table.move(connection, place, last, next);
    } catch (SQLException e) {
      // Nothing was committed: an effect that swallowed an error has spoilt its transaction, or
      // the connection is gone. The effect is tried again; if the claim is lost that will tell.
      throw new RolledBackException(e);
    }
    if (!moved) {
      throw new ClaimLostException(
          "epoch %d of %s has been replaced by a later one: what it was about to commit is rolled back"
              .formatted(claimed.epoch(), place),
          null);
    }
  }

  /** Says whether a commit has certainly failed: a constraint or a conflict, not a connection. */
  private static boolean isRolledBack(SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    boolean unknown = state.equals("40003");
    return !unknown && (state.startsWith("23") || state.startsWith("40") || state.startsWith("25"));
  }

  /** A transaction that certainly changed nothing. */
  private static final class RolledBackException extends SQLException {
    private static final long serialVersionUID = 1L;

    RolledBackException(SQLException cause) {
      super(cause.getMessage(), cause.getSQLState(), cause);
    }
  }
}
