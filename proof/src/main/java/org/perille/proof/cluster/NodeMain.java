package org.perille.proof.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.perille.Definition;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.internal.handler.WorkerTime;
import org.perille.proof.workload.BookingLoad;
import org.perille.proof.workload.Bookings;
import org.perille.proof.workload.FeatureLoad;
import org.perille.proof.workload.FeatureQuestions;
import org.perille.proof.workload.Features;
import org.perille.proof.workload.HostileHooks;
import org.perille.proof.workload.Load;
import org.perille.proof.workload.Operator;
import org.perille.proof.workload.Timing;
import org.perille.proof.workload.Witness;
import org.perille.proof.workload.Workload;
import org.perille.sharding.internal.NodeEnvironment;
import org.perille.sharding.internal.bootstrap.RestartingPerille;
import org.perille.spi.Processing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process of the cluster: a node, or a client, which publishes and handles dead letters. */
final class NodeMain {
  private static final Logger LOG = LoggerFactory.getLogger(NodeMain.class);

  /** The number of messages of the main topic per message with a feature. */
  private static final int FEATURES_SHARE = 3;

  /** The number of messages of the main topic per transaction with an outbox, rounded up. */
  private static final int BOOKINGS_SHARE = 10;

  private static final Duration REGISTERED_WITHIN = Duration.ofHours(12);

  static final Timing TEMPO =
      new Timing(
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofMillis(100),
          Duration.ofSeconds(2),
          Duration.ofSeconds(8),
          Duration.ofSeconds(3),
          false,
          true,
          Duration.ofMinutes(3));

  /** Longer than a restart of the node takes while the database is away. */
  private static final Duration DEAD_AFTER = Duration.ofMinutes(2);

  private static final int PERILLES_FURTHER_CONNECTIONS = 3;

  private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);

  private NodeMain() {}

  /**
   * The settings of a process.
   *
   * @param process its name with the number of its start, unique in a run
   * @param client whether it owns no partitions
   * @param isolation the isolation level of the transactions of handlers
   * @param rate messages per second that it publishes
   */
  record Assignment(
      String process,
      boolean client,
      Path directory,
      String databaseUrl,
      Isolation isolation,
      int rate,
      long seed) {
    String[] arguments() {
      return new String[] {
        process,
        String.valueOf(client),
        directory.toString(),
        databaseUrl,
        isolation.name(),
        String.valueOf(rate),
        String.valueOf(seed)
      };
    }

    static Assignment of(String[] arguments) {
      return new Assignment(
          arguments[0],
          Boolean.parseBoolean(arguments[1]),
          Path.of(arguments[2]),
          arguments[3],
          Isolation.valueOf(arguments[4]),
          Integer.parseInt(arguments[5]),
          Long.parseLong(arguments[6]));
    }

    /** Returns the file that exists once the process is a member of the cluster. */
    static Path up(Path directory, String process) {
      return directory.resolve(process + ".up");
    }
  }

  /** Runs the process. It stops on request, or fails if its node isn't live for long. */
  public static void main(String[] arguments) {
    Orders orders = Orders.listen();
    try {
      run(Assignment.of(arguments), orders);
      System.exit(0);
    } catch (Exception e) {
      LOG.error("The process has failed; the launcher restarts it", e);
      Runtime.getRuntime().halt(1);
    }
  }

  private static void run(Assignment assignment, Orders orders) throws Exception {
    Witness witness = Witness.open(assignment.directory(), assignment.process());
    Config config =
        ConfigFactory.parseMap(
                Map.of("perille.cluster.when-downed", whenDowned(assignment.process())))
            .withFallback(ConfigFactory.load("cluster"));
    try (HikariDataSource database = database(assignment);
        HikariDataSource bookingDatabase = pool(assignment, "bookings", Bookings.connections());
        HikariDataSource storage = storage(config)) {
      Workload workload = new Workload(database, witness, TEMPO);
      workload.subscriptions().forEach(witness::declared);
      Bookings bookings = new Bookings(bookingDatabase, witness, TEMPO);
      bookings.subscriptions().forEach(witness::declared);
      Perille perille =
          start(
              config,
              options(assignment.process(), storage),
              orders,
              bookings.addedTo(workload.definitions()));
      Files.writeString(Assignment.up(assignment.directory(), assignment.process()), "");
      Load load =
          new Load(perille.publisher(Workload.LOAD), witness, assignment.rate(), assignment.seed());
      orders.onQuiet(load::stop);
      load.start();
      FeatureLoad features =
          new FeatureLoad(
              perille.publisher(Features.TOPIC),
              perille::transaction,
              witness,
              new FeatureQuestions(perille, workload, witness),
              assignment.rate() / FEATURES_SHARE,
              TEMPO.oneClock(),
              assignment.seed());
      orders.onQuiet(features::stop);
      features.start();
      BookingLoad bookingLoad =
          new BookingLoad(
              bookings,
              witness,
              (assignment.rate() + BOOKINGS_SHARE - 1) / BOOKINGS_SHARE,
              assignment.seed());
      orders.onQuiet(bookingLoad::stop);
      bookLater(perille, bookings, bookingLoad);
      LateBegin.of(assignment.directory()).registerLater(perille, workload, witness);
      if (assignment.client()) {
        new Operator(perille, workload, witness, TEMPO.operatorPause()).start();
      }
      probeLiveness(perille);
      orders.leave().join();
      load.stop();
      features.stop();
      perille.close();
      // It has booked until now: an outbox needs no running node.
      bookingLoad.stop();
      bookingLoad.awaitEnd();
    }
  }

  /** Registers the outbox in a thread of its own, because the database may be down, and books. */
  private static void bookLater(Perille perille, Bookings bookings, BookingLoad load) {
    Thread thread =
        new Thread(
            () -> {
              try {
                bookings.register(perille, REGISTERED_WITHIN);
                load.start();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "outbox-registration");
    thread.setDaemon(true);
    thread.start();
  }

  /** Ends the process if its node isn't live for as long as an orchestrator would wait. */
  private static void probeLiveness(Perille perille) {
    Thread probe =
        new Thread(
            () -> {
              long live = System.nanoTime();
              while (System.nanoTime() - live < DEAD_AFTER.toNanos()) {
                live = perille.health().live() ? System.nanoTime() : live;
                LockSupport.parkNanos(PROBE_INTERVAL.toNanos());
              }
              LOG.error("This node isn't live: {}; the launcher restarts it", perille.health());
              Runtime.getRuntime().halt(1);
            },
            "liveness-probe");
    probe.setDaemon(true);
    probe.start();
  }

  /** Nodes with an odd number start again in their process when they are downed; others exit. */
  private static String whenDowned(String process) {
    return number(process) % 2 == 1 ? "restart" : "exit";
  }

  private static int number(String process) {
    return process.codePoints().filter(Character::isDigit).findFirst().orElse('1');
  }

  /** Nodes with an even number lend Perille a pool of theirs; others let it have its own. */
  private static NodeOptions options(String process, DataSource storage) {
    return number(process) % 2 == 1
        ? NodeOptions.none()
        : NodeOptions.none().withDataSource(storage);
  }

  /** Returns a pool that is just large enough for Perille. It opens connections when asked. */
  private static HikariDataSource storage(Config config) {
    Config settings = config.getConfig("perille.storage.postgresql");
    HikariConfig pool = new HikariConfig();
    pool.setJdbcUrl(settings.getString("url"));
    pool.setUsername(settings.getString("user"));
    pool.setPassword(settings.getString("password"));
    pool.addDataSourceProperty("connectTimeout", "10");
    pool.addDataSourceProperty("socketTimeout", "15");
    pool.setMaximumPoolSize(settings.getInt("connections") + PERILLES_FURTHER_CONNECTIONS);
    pool.setMinimumIdle(0);
    pool.setConnectionTimeout(10_000);
    pool.setInitializationFailTimeout(-1);
    pool.setPoolName("storage");
    return new HikariDataSource(pool);
  }

  /** Starts Perille with a clock that can be set, which applications can't do. */
  private static Perille start(
      Config config, NodeOptions options, Orders orders, Definition... definitions) {
    ShiftedClock clock = new ShiftedClock();
    orders.onClock(clock::shiftBy);
    return RestartingPerille.create(
            config,
            ActorSystemSetup.create(new NodeEnvironment(WorkerTime.of(clock), Processing::of)),
            definitions)
        .register(HostileHooks.addedTo(options))
        .start();
  }

  static HikariDataSource database(Assignment assignment) {
    return pool(assignment, "effects", Workload.connections());
  }

  private static HikariDataSource pool(Assignment assignment, String name, int connections) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(assignment.databaseUrl());
    config.setTransactionIsolation(assignment.isolation().setting());
    config.setMaximumPoolSize(connections);
    config.setConnectionTimeout(10_000);
    // The database may be down now. The handlers should meet that, not the start.
    config.setInitializationFailTimeout(-1);
    config.setPoolName(name);
    return new HikariDataSource(config);
  }
}
