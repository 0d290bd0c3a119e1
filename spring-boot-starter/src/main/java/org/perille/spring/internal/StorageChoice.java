package org.perille.spring.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.perille.ConfigurationException;

/**
 * The database in which Perille stores, and whose connections it uses.
 *
 * @param settings further settings that follow from the choice
 * @param lent whether the storage uses the application's connections
 * @param memory the name of a database in memory that only this application uses, if there is one
 */
record StorageChoice(Config settings, boolean lent, Optional<String> memory) {
  private static final String PROFILE = "perille.storage.profile";
  private static final String URL = "perille.storage.postgresql.url";
  private static final String DIRECTORY = "perille.storage.h2.directory";
  private static final Pattern IN_MEMORY = Pattern.compile("jdbc:h2:mem:([^;]*)(;.*)?");

  /**
   * The application's database.
   *
   * @param product its name, as JDBC reports it
   * @param url its address
   */
  record Database(String product, String url) {
    boolean isPostgresql() {
      return product.equals("PostgreSQL");
    }

    /** Returns the name of a database in memory of H2. */
    Optional<String> memory() {
      Matcher memory = IN_MEMORY.matcher(url);
      return memory.matches() ? Optional.of(memory.group(1)) : Optional.empty();
    }
  }

  /**
   * Chooses.
   *
   * @param given what the application has set, without defaults
   * @param database the application's database, if it has one
   * @throws ConfigurationException if the settings contradict each other, or the database
   */
  static StorageChoice of(StorageMode mode, Config given, Optional<Database> database) {
    return switch (mode) {
      case OWN -> own(Map.of());
      case APPLICATION -> application(given, database);
      case AUTO -> automatic(given, database);
    };
  }

  private static StorageChoice own(Map<String, Object> settings) {
    return new StorageChoice(ConfigFactory.parseMap(settings), false, Optional.empty());
  }

  private static StorageChoice lending() {
    return new StorageChoice(
        ConfigFactory.parseMap(Map.of(PROFILE, "postgresql")), true, Optional.empty());
  }

  private static StorageChoice application(Config given, Optional<Database> database) {
    Database own =
        database.orElseThrow(
            () ->
                new ConfigurationException(
                    "'perille.spring.storage' is 'application', and the application has no single DataSource: mark one as @PerilleDataSource or @Primary, or use 'own'"));
    if (!own.isPostgresql()) {
      throw new ConfigurationException(
          "'perille.spring.storage' is 'application', and the application's DataSource connects to %s: Perille's storage can use connections of PostgreSQL only. Use 'own' or 'auto', which stores in a file of H2"
              .formatted(own.product()));
    }
    if (given.hasPath(PROFILE) && !given.getString(PROFILE).equals("postgresql")) {
      throw new ConfigurationException(
          "'perille.spring.storage' is 'application', and '%s' is '%s': use 'own', or remove the profile"
              .formatted(PROFILE, given.getString(PROFILE)));
    }
    return lending();
  }

  private static StorageChoice automatic(Config given, Optional<Database> database) {
    boolean addressed = given.hasPath(URL);
    if (given.hasPath(PROFILE)) {
      boolean lends =
          given.getString(PROFILE).equals("postgresql")
              && !addressed
              && database.filter(Database::isPostgresql).isPresent();
      return lends ? lending() : own(Map.of());
    }
    if (addressed) {
      throw new ConfigurationException(
          "'%s' is set, and '%s' isn't: set it to 'postgresql', or remove the address to use the application's DataSource"
              .formatted(URL, PROFILE));
    }
    if (database.filter(Database::isPostgresql).isPresent()) {
      return lending();
    }
    Optional<String> memory = database.flatMap(Database::memory);
    return memory.isPresent() && !given.hasPath(DIRECTORY) ? inMemory(memory.get()) : own(Map.of());
  }

  /** A database in memory ends with its process, and so must the cursors and messages. */
  private static StorageChoice inMemory(String application) {
    String name = "perille-" + application;
    return new StorageChoice(
        ConfigFactory.parseMap(Map.of(DIRECTORY, "mem:" + name, "perille.storage.h2.sync", "off")),
        false,
        Optional.of(name));
  }
}
