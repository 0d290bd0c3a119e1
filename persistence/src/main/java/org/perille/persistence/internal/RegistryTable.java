package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.Guarantee;
import org.perille.StorageException;
import org.perille.spi.RegisteredSubscription;
import org.perille.spi.SubscriptionKind;
import org.perille.spi.SubscriptionRegistry;

/** The table of registered subscriptions, within the transaction of a connection. */
final class RegistryTable implements SubscriptionRegistry {
  private static final String COLUMNS =
      "name, former_names, kind, guarantee, cursor_place, first_seen, last_seen, removed_at";

  private final Connection connection;

  RegistryTable(Connection connection) {
    this.connection = connection;
  }

  /** A query. */
  @FunctionalInterface
  private interface Query<R> {
    R run() throws SQLException;
  }

  private static <R> R ask(Query<R> query) {
    try {
      return query.run();
    } catch (SQLException e) {
      throw new StorageException(
          "the registry of subscriptions (table perille_subscription) can't be used: %s"
              .formatted(e.getMessage()),
          e);
    }
  }

  @Override
  public Instant now() {
    return ask(
        () -> {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery("SELECT CURRENT_TIMESTAMP")) {
            row.next();
            return row.getObject(1, OffsetDateTime.class).toInstant();
          }
        });
  }

  @Override
  public List<RegisteredSubscription> subscriptions() {
    return ask(
        () -> {
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT topic, stored_name, "
                          + COLUMNS
                          + " FROM perille_subscription ORDER BY topic, stored_name")) {
            List<RegisteredSubscription> all = new ArrayList<>();
            while (row.next()) {
              all.add(read(row));
            }
            return all;
          }
        });
  }

  private static RegisteredSubscription read(ResultSet row) throws SQLException {
    String formerNames = row.getString(4);
    return new RegisteredSubscription(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        formerNames.isEmpty() ? List.of() : List.of(formerNames.split(",", -1)),
        known(SubscriptionKind.class, row.getString(5)),
        known(Guarantee.class, row.getString(6)),
        Optional.of(row.getString(7)).filter(place -> !place.isEmpty()),
        time(row, 8).orElseThrow(),
        time(row, 9).orElseThrow(),
        time(row, 10));
  }

  private static <E extends Enum<E>> E known(Class<E> type, String name) {
    try {
      return Enum.valueOf(type, name);
    } catch (IllegalArgumentException e) {
      throw new StorageException(
          "the registry of subscriptions (table perille_subscription) has the %s '%s', which this version of Perille doesn't know: start the newer version that stored it"
              .formatted(type.getSimpleName(), name),
          e);
    }
  }

  private static Optional<Instant> time(ResultSet row, int column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  @Override
  public void store(RegisteredSubscription subscription) {
    ask(
        () -> {
          if (!update(subscription)) {
            insert(subscription);
          }
          return null;
        });
  }

  private boolean update(RegisteredSubscription subscription) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE perille_subscription SET name = ?, former_names = ?, kind = ?, guarantee = ?, cursor_place = ?, first_seen = ?, last_seen = ?, removed_at = ? WHERE topic = ? AND stored_name = ?")) {
      set(update, 1, subscription);
      update.setString(9, subscription.topic());
      update.setString(10, subscription.storedName());
      return update.executeUpdate() == 1;
    }
  }

  private void insert(RegisteredSubscription subscription) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO perille_subscription (topic, stored_name, "
                + COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      insert.setString(1, subscription.topic());
      insert.setString(2, subscription.storedName());
      set(insert, 3, subscription);
      insert.executeUpdate();
    }
  }

  private static void set(PreparedStatement statement, int first, RegisteredSubscription from)
      throws SQLException {
    statement.setString(first, from.name());
    statement.setString(first + 1, String.join(",", from.formerNames()));
    statement.setString(first + 2, from.kind().name());
    statement.setString(first + 3, from.guarantee().name());
    statement.setString(first + 4, from.cursorPlace().orElse(""));
    statement.setObject(first + 5, stored(from.firstSeen()));
    statement.setObject(first + 6, stored(from.lastSeen()));
    statement.setObject(first + 7, from.removed().map(RegistryTable::stored).orElse(null));
  }

  private static OffsetDateTime stored(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }
}
