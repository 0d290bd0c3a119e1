package org.perille.samples.orders;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.SingletonActor;
import org.perille.Perille;
import org.perille.samples.launch.Lifeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: Perille, the services, and, on one node at a time, the replay.
 *
 * <p>Runs inside the launcher, or in a process of its own.
 */
final class OrdersNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OrdersNode.class);

  /** The settings of a node. */
  record Settings(
      String name, Path data, Optional<Path> input, Optional<Integer> rate, Config config) {}

  private final Perille perille;
  private final Services services;
  private final Shop shop;

  private OrdersNode(Perille perille, Services services, Shop shop) {
    this.perille = perille;
    this.services = services;
    this.shop = shop;
  }

  static OrdersNode start(Settings settings) throws IOException, SQLException {
    Shop shop = shop(settings.config, settings.data);
    shop.createTables();
    Services services = new Services(shop, settings.data, settings.name);
    Perille perille = Perille.start(settings.config, services.definitions());
    ClusterSingleton.get(perille.system())
        .init(
            SingletonActor.of(
                Replay.create(
                    new Replay.Plan(
                        perille, shop, services, InvoiceFile.of(settings.input), settings.rate)),
                "replay"));
    return new OrdersNode(perille, services, shop);
  }

  /**
   * Returns the application's database: beside Perille's if that is embedded, otherwise the same
   * one.
   */
  static Shop shop(Config config, Path data) {
    return config.getString("perille.storage.profile").equals("postgresql")
        ? new Shop(
            config.getString("perille.storage.postgresql.url"),
            config.getString("perille.storage.postgresql.user"))
        : new Shop(
            "jdbc:h2:file:"
                + data.toAbsolutePath().normalize()
                + "/shop;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE",
            "sa");
  }

  @Override
  public void close() throws IOException {
    perille.close();
    services.close();
    shop.close();
  }

  /**
   * Runs a node in a process of its own, until the launcher stops it.
   *
   * @param arguments name, data, input or "-", rate or "-"
   */
  public static void main(String[] arguments) throws Exception {
    CompletableFuture<Void> stopRequest = Lifeline.watch();
    OrdersNode node =
        start(
            new Settings(
                arguments[0],
                Path.of(arguments[1]),
                given(arguments[2]).map(Path::of),
                given(arguments[3]).map(Integer::valueOf),
                ConfigFactory.load("orders")));
    CompletableFuture<?> ended = node.perille.system().getWhenTerminated().toCompletableFuture();
    CompletableFuture.anyOf(stopRequest, ended).join();
    if (!stopRequest.isDone()) {
      LOG.error("The cluster has removed this node. It stops, and the launcher restarts it");
      Runtime.getRuntime().halt(1);
    }
    node.close();
    System.exit(0);
  }

  private static Optional<String> given(String argument) {
    return argument.equals("-") ? Optional.empty() : Optional.of(argument);
  }
}
