package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.perille.Delivery;
import org.perille.internal.failure.UserCode;
import org.perille.persistence.JdbcTransactions;
import org.perille.persistence.internal.CursorTable.Row;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.perille.spi.TransactionalHandler.NotStartedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right of one worker to one partition.
 *
 * <p>Transactions of different keys run concurrently. Each ends by moving the cursor from the
 * position that this claim knows. A claim that is no longer the latest can't move the cursor, and
 * so commits nothing.
 */
public final class JdbcClaim<T> implements Claim<T> {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcClaim.class);

  /** The application's part of a transaction. */
  @FunctionalInterface
  public interface Effect<T> {
    /**
     * Applies all effects. Throws an exception that names the failed message.
     *
     * @param beforeCall run directly before each call of the application's handler
     */
    void apply(Connection connection, List<Delivery<T>> deliveries, Runnable beforeCall)
        throws EffectFailedException;
  }

  /** The limit of immediate repetitions of a transaction that conflicts with another one. */
  static final int MAX_CONFLICTS = 10;

  /** Set on a thread that runs effects. */
  private static final ThreadLocal<Boolean> IN_EFFECT = new ThreadLocal<>();

  private final CursorTable table;
  private final CursorTable.CursorKey place;
  private final Effect<T> effect;
  private final TransactionSlots slots;
  private final TransactionRules rules;
  private final UnusedConnections unused;
  private final Optional<JdbcTransactions> transactions;
  private final Row claimed;

  /** Locked while a transaction moves the cursor and commits. */
  private final Object committing = new Object();

  private Row last;

  private JdbcClaim(
      CursorTable table,
      CursorTable.CursorKey place,
      Effect<T> effect,
      TransactionSlots slots,
      TransactionRules rules,
      UnusedConnections unused,
      Optional<JdbcTransactions> transactions,
      Row claimed) {
    this.table = table;
    this.place = place;
    this.effect = effect;
    this.slots = slots;
    this.rules = rules;
    this.unused = unused;
    this.transactions = transactions;
    this.claimed = claimed;
    this.last = claimed;
  }

  /** Makes a claim that fences all earlier ones. */
  public static <T> Claim<T> make(
      CursorTable table,
      CursorTable.CursorKey place,
      Effect<T> effect,
      TransactionSlots slots,
      UnusedConnections unused)
      throws SQLException {
    return make(table, place, effect, slots, unused, Optional.empty(), 0);
  }

  /**
   * Makes a claim that fences all earlier ones, with an epoch above another one.
   *
   * @param transactions the framework whose transactions are used, if any
   */
  public static <T> Claim<T> make(
      CursorTable table,
      CursorTable.CursorKey place,
      Effect<T> effect,
      TransactionSlots slots,
      UnusedConnections unused,
      Optional<JdbcTransactions> transactions,
      long afterEpoch)
      throws SQLException {
    TransactionRules rules = table.rules();
    return new JdbcClaim<>(
        table,
        place,
        effect,
        slots.forPartition(rules.isolation(), place),
        rules,
        unused,
        transactions,
        table.claim(place, afterEpoch));
  }

  /**
   * Returns whether the present thread runs an effect, in a transaction that may be rolled back.
   */
  static boolean isInEffect() {
    return IN_EFFECT.get() != null;
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
    slots.takeCursor();
    try (TransactionRules.Session session = rules.beginCursor(table.dataSource())) {
      return change(session, change);
    } catch (SQLException e) {
      throw new ClaimLostException("the cursor of " + place + " can't be stored", e);
    } finally {
      slots.freeCursor();
    }
  }

  private CursorState change(
      TransactionRules.Session session, Function<Optional<CursorState>, CursorState> change)
      throws RolledBackException, ClaimLostException {
    synchronized (committing) {
      try {
        CursorState next = change.apply(last.cursor());
        commit(session, next);
        return next;
      } catch (RolledBackException e) {
        // Whoever claims the partition next would otherwise get the same connection again.
        boolean unused = session.discardIfReadOnly(e);
        throw e;
      }
    }
  }

  @Override
  public Duration process(List<Delivery<T>> deliveries, Advance advance)
      throws EffectFailedException, ClaimLostException, NotStartedException {
    slots.take();
    try {
      for (int conflicts = 0; ; conflicts++) {
        try {
          return process(
              conflicts == 0 ? deliveries : redelivered(deliveries), advance, conflicts == 0);
        } catch (EffectFailedException e) {
          if (conflicts == MAX_CONFLICTS || !SqlFailures.isConflict(e)) {
            throw e;
          }
          LOG.debug("A transaction of {} conflicts with another one: it is repeated", place, e);
        }
      }
    } finally {
      slots.free();
    }
  }

  /** Marks messages whose handler was called in a transaction that is repeated. */
  private static <T> List<Delivery<T>> redelivered(List<Delivery<T>> deliveries) {
    return deliveries.stream()
        .map(delivery -> delivery.toBuilder().redelivered(true).build())
        .toList();
  }

  private Duration process(List<Delivery<T>> deliveries, Advance advance, boolean first)
      throws EffectFailedException, ClaimLostException, NotStartedException {
    try (TransactionRules.Session session = begin()) {
      if (first) {
        advance.begin();
      }
      return writing(session, deliveries, advance);
    } catch (SQLException e) {
      // Every failure after a possible change has another exception.
      throw new EffectFailedException(deliveries.get(0).offset(), e);
    }
  }

  /**
   * Runs the effects. A server that has become a standby is neither this message's failure nor the
   * next one's.
   */
  private Duration writing(
      TransactionRules.Session session, List<Delivery<T>> deliveries, Advance advance)
      throws EffectFailedException, ClaimLostException, NotStartedException, SQLException {
    try {
      return process(session, deliveries, advance);
    } catch (EffectFailedException | SQLException e) {
      if (!session.discardIfReadOnly(e)) {
        throw e;
      }
      throw new NotStartedException(
          "the DataSource of %s has connections to a read-only server. After a failover this ends when all are discarded; otherwise add targetServerType=primary to its address"
              .formatted(place),
          e);
    }
  }

  private TransactionRules.Session begin() throws NotStartedException {
    try {
      return rules.beginEffect(table.dataSource(), transactions);
    } catch (Throwable e) {
      // The pool is the application's: some pools throw undeclared exceptions.
      throw new NotStartedException(
          "the DataSource of %s returns no connection: %s".formatted(place, UserCode.messageOf(e)),
          e);
    }
  }

  private Duration process(
      TransactionRules.Session session, List<Delivery<T>> deliveries, Advance advance)
      throws EffectFailedException, ClaimLostException, SQLException {
    GuardedConnection guarded = new GuardedConnection(session.connection(), rules.ends());
    boolean useKnown = session.use(guarded.connection());
    long begin = System.nanoTime();
    IN_EFFECT.set(true);
    try {
      effect.apply(guarded.connection(), deliveries, advance::beforeCall);
      session.flush(deliveries.get(0).offset());
    } catch (EffectFailedException e) {
      if (e.getCause() instanceof Error) {
        abort(session.connection(), e);
      }
      throw e;
    } finally {
      IN_EFFECT.remove();
    }
    long handling = System.nanoTime() - begin;
    unused.handled(place, deliveries.size(), !useKnown || guarded.isUsed());
    session.finish();
    List<Long> offsets = deliveries.stream().map(Delivery::offset).toList();
    synchronized (committing) {
      commit(session, advance.apply(last.cursor().orElseThrow(), offsets));
    }
    guarded.committed();
    return Duration.ofNanos(handling);
  }

  /**
   * Aborts the connection. An error may come from the middle of the driver. The next user of the
   * connection could then read the answer to this statement as the answer to its own commit.
   */
  private static void abort(Connection connection, EffectFailedException failure) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  /** Moves the cursor and commits. Concurrent callers hold the lock. */
  private void commit(TransactionRules.Session session, CursorState next)
      throws RolledBackException, ClaimLostException {
    Connection connection = session.connection();
    synchronized (committing) {
      move(connection, next);
      try {
        session.commit();
      } catch (SQLException e) {
        if (SqlFailures.isRolledBack(e)) {
          throw new RolledBackException(e);
        }
        throw new ClaimLostException("the outcome of a commit of " + place + " is unknown", e);
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
      // Nothing was committed: an effect that swallowed an error has broken its transaction, or the
      // connection is lost. The effect is repeated, which detects a lost claim.
      throw new RolledBackException(e);
    }
    if (!moved) {
      throw new ClaimLostException(
          "epoch %d of %s has been replaced by a later one: its transaction is rolled back"
              .formatted(claimed.epoch(), place),
          null);
    }
  }

  /** The failure of a transaction that certainly changed nothing. */
  private static final class RolledBackException extends SQLException {
    private static final long serialVersionUID = 1L;

    RolledBackException(SQLException cause) {
      super(cause.getMessage(), cause.getSQLState(), cause);
    }
  }
}
