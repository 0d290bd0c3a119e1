package org.perille.proof.actors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.proof.workload.BookingLoad;
import org.perille.proof.workload.Bookings;
import org.perille.proof.workload.FeatureLoad;
import org.perille.proof.workload.FeatureQuestions;
import org.perille.proof.workload.Features;
import org.perille.proof.workload.HostileHooks;
import org.perille.proof.workload.ItemSerializer;
import org.perille.proof.workload.LateRegistration;
import org.perille.proof.workload.Load;
import org.perille.proof.workload.Witness;
import org.perille.proof.workload.Workload;
import org.perille.sharding.internal.bootstrap.RestartingPerille;

/** A node of a run: an actor system of its own, with the load that it publishes. */
final class Node {
  /** The role of a node in the run. */
  enum Role {
    /** Owns partitions, handles messages and publishes. */
    NODE,
    /** Publishes, redrives or discards dead letters, and reads everything at the end. */
    CLIENT
  }

  /** The number of messages of the main topic per message with a feature. */
  private static final int FEATURES_SHARE = 3;

  /** The number of messages of the main topic per transaction with an outbox. */
  private static final int BOOKINGS_SHARE = 2;

  private static final Duration END_TIMEOUT = Duration.ofSeconds(60);

  private final String process;
  private final Perille perille;
  private final Workload workload;
  private final Witness witness;
  private final Load load;
  private final FeatureLoad featureLoad;
  private final Bookings bookings;
  private final BookingLoad bookingLoad;

  private Node(
      String process,
      Perille perille,
      Workload workload,
      Witness witness,
      Load load,
      FeatureLoad featureLoad,
      Bookings bookings,
      BookingLoad bookingLoad) {
    this.process = process;
    this.perille = perille;
    this.workload = workload;
    this.witness = witness;
    this.load = load;
    this.featureLoad = featureLoad;
    this.bookings = bookings;
    this.bookingLoad = bookingLoad;
  }

  /**
   * Starts a node, and waits until it is a member of the cluster.
   *
   * @param process the name of the node, unique in the run
   * @param seeds the addresses of other nodes; empty for the first one
   */
  static Node start(World world, String process, Role role, List<String> seeds) {
    Injection injection = world.injection(process);
    String site = world.site(process);
    FaultyDataSource.register(site, injection);
    Witness witness = Witness.of(process, world.recorder());
    Workload workload =
        new Workload(FaultyDataSource.of(site, world.directory()), witness, World.TEMPO);
    Bookings bookings =
        new Bookings(FaultyDataSource.of(site, world.directory()), witness, World.TEMPO);
    workload.subscriptions().forEach(witness::declared);
    bookings.subscriptions().forEach(witness::declared);
    Config config =
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.cluster.seed-nodes",
                    seeds,
                    "pekko.cluster.roles",
                    role == Role.NODE ? List.of(Workload.NODE_ROLE) : List.of(),
                    ItemSerializer.READS_EVERYTHING,
                    role == Role.CLIENT,
                    "perille.storage.h2.directory",
                    world.directory(),
                    "pekko-persistence-jdbc.shared-databases.perille-h2.db.properties.site",
                    site))
            .withFallback(ConfigFactory.parseResources("actors.conf"));
    Perille perille =
        RestartingPerille.create(
                ConfigFactory.load(config),
                ActorSystemSetup.create(injection),
                bookings.addedTo(workload.definitions()))
            .register(HostileHooks.addedTo(NodeOptions.none()))
            .start();
    Load load = new Load(perille.publisher(Workload.LOAD), witness, world.rate(), injection.seed());
    FeatureLoad featureLoad =
        new FeatureLoad(
            perille.publisher(Features.TOPIC),
            perille::transaction,
            witness,
            new FeatureQuestions(perille, workload, witness),
            world.rate() / FEATURES_SHARE,
            World.TEMPO.oneClock(),
            injection.seed());
    BookingLoad bookingLoad =
        new BookingLoad(bookings, witness, world.rate() / BOOKINGS_SHARE, injection.seed());
    return new Node(process, perille, workload, witness, load, featureLoad, bookings, bookingLoad);
  }

  String process() {
    return process;
  }

  Perille perille() {
    return perille;
  }

  Workload workload() {
    return workload;
  }

  Bookings bookings() {
    return bookings;
  }

  Witness witness() {
    return witness;
  }

  /** Returns the address by which other nodes join it. */
  String address() {
    return Cluster.get(perille.system()).selfMember().address().toString();
  }

  /** Returns the tree of its actors, with the sizes of their mailboxes. */
  String actors() {
    return ((ExtendedActorSystem) Adapter.toClassic(perille.system())).printTree();
  }

  /** Registers the outbox, under load of other nodes, and starts to publish. */
  void publish() throws InterruptedException {
    bookings.register(perille, END_TIMEOUT);
    load.start();
    featureLoad.start();
    bookingLoad.start();
  }

  void quiet() throws InterruptedException {
    load.stop();
    featureLoad.stop();
    bookingLoad.stop();
    load.awaitEnd();
    featureLoad.awaitEnd();
    bookingLoad.awaitEnd();
  }

  /** Registers the subscription that starts when there are messages already. */
  void registerLate(Instant begin) throws InterruptedException {
    LateRegistration.register(perille, workload, witness, begin, END_TIMEOUT);
  }

  /** Leaves the cluster in good order, under load. */
  void leave() throws Exception {
    perille.stop().toCompletableFuture().get(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    load.stop();
    featureLoad.stop();
    // It still books: an outbox needs no running node.
    bookingLoad.stop();
    bookingLoad.awaitEnd();
  }

  /** Stops the node without any handover. */
  void end() throws Exception {
    load.stop();
    featureLoad.stop();
    bookingLoad.stop();
    perille.system().terminate();
    perille
        .system()
        .getWhenTerminated()
        .toCompletableFuture()
        .get(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }
}
