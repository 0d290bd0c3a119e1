package org.perille.spring.internal;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.ConfigurationException;
import org.perille.Definition;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.Topic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.ConfigurableEnvironment;

/** Creates the node of an application: its configuration, and the choice of its storage. */
public final class NodeFactory {
  private static final Logger LOG = LoggerFactory.getLogger(NodeFactory.class);

  private final ConfigurableEnvironment environment;
  private final ConfigurableListableBeanFactory beans;
  private final ApplicationDatabase database;
  private Optional<String> memory = Optional.empty();

  /** Creates a factory. */
  public NodeFactory(
      ConfigurableEnvironment environment,
      ConfigurableListableBeanFactory beans,
      ApplicationDatabase database) {
    this.environment = environment;
    this.beans = beans;
    this.database = database;
  }

  /**
   * Creates the node, which isn't started.
   *
   * @throws ConfigurationException if a setting or a topic is wrong
   */
  public Perille create(NodeOptions options, List<Topic<?>> topics) {
    ClassLoader loader = beans.getBeanClassLoader();
    Config given = SpringSettings.of(environment, loader);
    StorageMode mode = StorageMode.of(environment.getProperty(KnownSettings.STORAGE, "auto"));
    StorageChoice choice =
        StorageChoice.of(
            mode,
            given,
            mode == StorageMode.OWN || options.dataSource().isPresent()
                ? Optional.empty()
                : database.describe());
    memory = choice.memory();
    Config config = SpringSettings.complete(choice.settings().withFallback(given), loader);
    NodeOptions used = options;
    if (choice.lent()) {
      used = options.withDataSource(database.dataSource().orElseThrow());
    }
    logStorage(choice, config);
    List<Definition> definitions = new ArrayList<>(topics);
    definitions.add(used);
    return Perille.create(config, definitions.toArray(Definition[]::new));
  }

  private void logStorage(StorageChoice choice, Config config) {
    String profile = config.getString("perille.storage.profile");
    if (choice.memory().isPresent()) {
      LOG.warn(
          "Perille stores messages in memory, because the application's database is in memory too: all are lost when the process ends. Use a DataSource of PostgreSQL, or set perille.storage.h2.directory");
    } else if (choice.lent()) {
      LOG.info(
          "Perille stores messages in PostgreSQL, on up to {} connections of the application's DataSource. The pool needs further ones for the application and its handlers",
          config.getInt("perille.storage.postgresql.connections") + 3);
    } else if (profile.equals("h2")) {
      LOG.info(
          "Perille stores messages in H2, in the directory {}, which is for one node. perille.storage.h2.directory changes it; a DataSource of PostgreSQL is used instead, if there is one",
          Path.of("").toAbsolutePath().resolve(config.getString("perille.storage.h2.directory")));
    } else {
      LOG.info("Perille stores messages in {}, on connections of its own", profile);
    }
  }

  /** Ends a database in memory that only this node has used. */
  public void stopped() {
    if (memory.isEmpty()) {
      return;
    }
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:h2:mem:" + memory.get() + ";IFEXISTS=TRUE", "sa", "");
        Statement statement = connection.createStatement()) {
      boolean unused = statement.execute("SHUTDOWN");
    } catch (SQLException e) {
      LOG.debug("The database in memory can't be closed", e);
    }
  }
}
