package org.perille.samples.orders;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
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

  private static final long RESTART_CHECK_MILLIS = 200;

  private final Perille perille;
  private final Services services;
  private final Shop shop;
  private final Replay.Plan plan;

  /** The actor system that has the replay. */
  private ActorSystem<?> system;

  private OrdersNode(Perille perille, Services services, Shop shop, Replay.Plan plan) {
    this.perille = perille;
    this.services = services;
    this.shop = shop;
    this.plan = plan;
    this.system = perille.system();
    addReplay();
  }

  static OrdersNode start(Settings settings) throws IOException, SQLException {
    Shop shop = shop(settings.config, settings.data);
    shop.createTables();
    Services services = new Services(shop, settings.data, settings.name);
    Perille perille = Perille.start(settings.config, services.definitions());
    return new OrdersNode(
        perille,
        services,
        shop,
        new Replay.Plan(perille, shop, services, InvoiceFile.of(settings.input), settings.rate));
  }

  private void addReplay() {
    ClusterSingleton.get(system).init(SingletonActor.of(Replay.create(plan), "replay"));
  }

  /**
   * Adds the replay to the actor system that Perille has started after the cluster had downed this
   * node, if there is one.
   */
  private boolean hasRestarted() {
    if (perille.system() == system) {
      return false;
    }
    system = perille.system();
    try {
      addReplay();
    } catch (IllegalStateException e) {
      LOG.warn("The node was downed again. The replay is added after its next start", e);
    }
    return true;
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
    CompletableFuture<Void> closed = new CompletableFuture<>();
    // SIGTERM stops the node in order too. The JVM ends when this hook has.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stopRequest.complete(null);
                  closed.join();
                },
                "sigterm"));
    try {
      serve(arguments, stopRequest);
    } finally {
      closed.complete(null);
    }
    System.exit(0);
  }

  private static void serve(String[] arguments, CompletableFuture<Void> stopRequest)
      throws Exception {
    OrdersNode node =
        start(
            new Settings(
                arguments[0],
                Path.of(arguments[1]),
                given(arguments[2]).map(Path::of),
                given(arguments[3]).map(Integer::valueOf),
                ConfigFactory.load("orders")));
    int starts = 0;
    do {
      starts++;
      ReadyFile.write(Path.of(arguments[1]), arguments[0], starts);
    } while (node.waitsForRestart(stopRequest));
    node.close();
  }

  /** Returns true after a restart, and false after the request to stop. */
  private boolean waitsForRestart(CompletableFuture<Void> stopRequest)
      throws ExecutionException, InterruptedException {
    while (true) {
      try {
        stopRequest.get(RESTART_CHECK_MILLIS, TimeUnit.MILLISECONDS);
        return false;
      } catch (TimeoutException e) {
        if (hasRestarted()) {
          return true;
        }
      }
    }
  }

  private static Optional<String> given(String argument) {
    return argument.equals("-") ? Optional.empty() : Optional.of(argument);
  }
}
