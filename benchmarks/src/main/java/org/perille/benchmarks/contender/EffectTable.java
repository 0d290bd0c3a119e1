package org.perille.benchmarks.contender;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import javax.sql.DataSource;

/** A table of the application, and the times of the commits of its rows. */
public final class EffectTable {
  private static final String INSERT = "INSERT INTO effect (key, due_nanos) VALUES (?, ?)";

  private final LongConsumer committed;

  /**
   * Creates the object, but not the table.
   *
   * @param committed called when a row is committed, with the time at which its parcel was due
   */
  public EffectTable(LongConsumer committed) {
    this.committed = committed;
  }

  public void create(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE effect (id BIGSERIAL PRIMARY KEY, key TEXT NOT NULL, due_nanos BIGINT NOT NULL)");
      if (!connection.getAutoCommit()) {
        connection.commit();
      }
    }
  }

  /** Inserts a row for a parcel, on a connection of {@link #telling}. */
  public void insert(Connection connection, Parcel parcel) throws SQLException {
    long due = Parcel.dueNanos(parcel.bytes());
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setString(1, parcel.key());
      insert.setLong(2, due);
      insert.executeUpdate();
    }
    connection.unwrap(Inserted.class).add(due);
  }

  /** Inserts the rows of several parcels in one batch. */
  public void insertAll(Connection connection, List<Parcel> parcels) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      for (Parcel parcel : parcels) {
        insert.setString(1, parcel.key());
        insert.setLong(2, Parcel.dueNanos(parcel.bytes()));
        insert.addBatch();
      }
      insert.executeBatch();
    }
    Inserted inserted = connection.unwrap(Inserted.class);
    parcels.forEach(parcel -> inserted.add(Parcel.dueNanos(parcel.bytes())));
  }

  /**
   * Ensures that there are as many rows as parcels.
   *
   * @throws IllegalStateException if there are more or fewer
   */
  public void requireRows(DataSource database, long parcels) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM effect")) {
      rows.next();
      if (rows.getLong(1) != parcels) {
        throw new IllegalStateException(
            "%,d parcels were sent, and have %,d effects".formatted(parcels, rows.getLong(1)));
      }
    }
  }

  /** Returns connections that report their commits to the given consumer. */
  public DataSource telling(DataSource database) {
    return proxy(
        DataSource.class,
        database,
        (method, result) -> method.equals("getConnection") ? telling((Connection) result) : result);
  }

  /** The rows that a transaction has inserted so far. */
  interface Inserted {
    void add(long dueNanos);
  }

  private Connection telling(Connection connection) {
    List<Long> inserted = new ArrayList<>();
    Inserted notes = inserted::add;
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (self, method, arguments) -> {
              if (method.getName().equals("unwrap") && arguments[0] == Inserted.class) {
                return notes;
              }
              Object result = invoke(connection, method, arguments);
              if (method.getName().equals("commit")) {
                inserted.forEach(committed::accept);
                inserted.clear();
              } else if (method.getName().equals("rollback")) {
                inserted.clear();
              }
              return result;
            });
  }

  private interface Outcome {
    Object of(String method, Object result);
  }

  private static <T> T proxy(Class<T> type, T original, Outcome outcome) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                outcome.of(method.getName(), invoke(original, method, arguments))));
  }

  private static Object invoke(Object original, java.lang.reflect.Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(original, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
