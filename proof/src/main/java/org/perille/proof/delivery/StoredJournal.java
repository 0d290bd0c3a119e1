package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.io.NotSerializableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.wire.PerilleSerializer;
import org.perille.persistence.internal.SimulatedJournal;
import org.perille.proof.database.ServerKind;
import org.perille.proof.database.SimulatedDatabase;
import org.perille.proof.database.SimulatedPool;
import org.perille.proof.database.Transaction;

/** The journal of the partition in a simulated database, as the shipped classes use it. */
final class StoredJournal {
  private static final int NODES = 2;
  private static final int NEIGHBOURS = 3;

  /** The maximum number of events of other actors that arrive at once. */
  private static final int MOST_OF_NEIGHBOURS = 3;

  private record EventPosition(String persistenceId, long sequenceNumber, String writer) {}

  /** A write of an actor other than the partition. */
  private record OfNeighbour(JournalNode node, CompletableFuture<Void> answer) {}

  private final Simulation scenario;
  private final SimulatedDatabase database;
  private final PerilleSerializer serializer;
  private final List<JournalNode> nodes = new ArrayList<>();

  /** The actions to run when an event is stored. */
  private final Map<EventPosition, Runnable> underWay = new HashMap<>();

  private final Map<EventPosition, ByteString> stored = new HashMap<>();
  private final List<OfNeighbour> ofNeighbours = new ArrayList<>();

  /** The sequence number of the last event of each other actor. */
  private final Map<String, Long> lastOfNeighbours = new HashMap<>();

  StoredJournal(Simulation scenario) {
    this.scenario = scenario;
    this.serializer =
        new PerilleSerializer((ExtendedActorSystem) Adapter.toClassic(scenario.system()));
    this.database = database(scenario.random());
    for (int i = 0; i < NODES; i++) {
      nodes.add(newNode());
    }
  }

  /**
   * Returns a new database. An embedded one relies on the shipped driver to force commits to the
   * disk.
   */
  private static SimulatedDatabase database(Random random) {
    boolean embedded = random.nextBoolean();
    int isolation = Connection.TRANSACTION_READ_COMMITTED;
    return embedded
        ? new SimulatedDatabase(
            "journal",
            SimulatedJournal::create,
            random,
            ServerKind.H2,
            isolation,
            SimulatedJournal::forced)
        : new SimulatedDatabase(
            "journal", SimulatedJournal::create, random, ServerKind.POSTGRESQL, isolation);
  }

  private JournalNode newNode() {
    return new JournalNode(scenario, this, new SimulatedPool(database, SimulatedJournal::discards));
  }

  /** Returns a node for a new epoch of the partition. */
  JournalNode anyNode() {
    int chosen = scenario.random().nextInt(NODES);
    if (nodes.get(chosen).isDead()) {
      nodes.set(chosen, newNode());
    }
    return nodes.get(chosen);
  }

  /** Adds an event to a node's queue. */
  CompletableFuture<Void> store(
      JournalNode node,
      String persistenceId,
      long sequenceNumber,
      PartitionEvent event,
      long epoch,
      Runnable whenStored) {
    String writer = Long.toString(epoch) + "-" + underWay.size() + "-" + stored.size();
    underWay.put(new EventPosition(persistenceId, sequenceNumber, writer), whenStored);
    return node.store(
        new SimulatedJournal.Row(
            persistenceId,
            sequenceNumber,
            writer,
            serializer.manifest(event),
            ByteString.copyFrom(serializer.toBinary(event))));
  }

  /**
   * Stores events of other actors of a node. They may share transactions with those of the
   * partition.
   *
   * <p>Two events of an actor that are under way have the same number, as if the actor existed
   * twice. The journal refuses one of them.
   */
  void storeOfNeighbours() {
    JournalNode node = nodes.get(scenario.random().nextInt(NODES));
    if (node.isDead()) {
      return;
    }
    for (int i = scenario.random().nextInt(MOST_OF_NEIGHBOURS); i >= 0; i--) {
      String id = "neighbour " + scenario.random().nextInt(NEIGHBOURS);
      long number = lastOfNeighbours.getOrDefault(id, 0L) + 1;
      EventPosition place = new EventPosition(id, number, "writer " + ofNeighbours.size());
      underWay.put(place, () -> lastOfNeighbours.put(id, number));
      CompletableFuture<Void> answer =
          node.store(
              new SimulatedJournal.Row(
                  id, number, place.writer, "", ByteString.copyFromUtf8(place.writer)));
      ofNeighbours.add(new OfNeighbour(node, answer));
      CompletableFuture<Void> unused = answer.thenRun(() -> requireStored(place));
    }
  }

  private void requireStored(EventPosition place) {
    if (!stored.containsKey(place)) {
      scenario.violated(new AssertionError("answered as if it were stored: " + place));
    }
  }

  /** Records committed rows, whether or not their node learns of the commit. */
  void committed(Transaction transaction) {
    int rows = 0;
    for (Transaction.Change change : transaction.changes()) {
      for (List<Object> parameters : change.rows()) {
        SimulatedJournal.Row row = SimulatedJournal.inserted(parameters);
        EventPosition place =
            new EventPosition(row.persistenceId(), row.sequenceNumber(), row.writer());
        stored.put(place, row.bytes());
        Runnable whenStored = underWay.remove(place);
        if (whenStored == null) {
          scenario.violated(new AssertionError("stored twice: " + place));
          return;
        }
        whenStored.run();
        rows++;
      }
    }
    if (rows > 1) {
      scenario.mark(StorageMark.ROWS_SHARE_TRANSACTION);
    }
  }

  /** Returns the stored events of the partition. */
  List<Stored> read() {
    try {
      List<Stored> events = new ArrayList<>();
      for (SimulatedJournal.Row row : SimulatedJournal.read(database.admin())) {
        if (row.persistenceId().equals(scenario.topic().id().persistenceId())) {
          events.add(
              new Stored(
                  row.sequenceNumber(),
                  (PartitionEvent)
                      serializer.fromBinary(row.bytes().toByteArray(), row.manifest())));
        }
      }
      return events;
    } catch (SQLException | NotSerializableException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Takes one step of a random node.
   *
   * @return false if there is nothing to do
   */
  boolean step() {
    if (database.hasVanished() && scenario.random().nextInt(4) == 0) {
      database.endVanished();
    }
    int first = scenario.random().nextInt(NODES);
    return nodes.get(first).step() || nodes.get(1 - first).step();
  }

  boolean isIdle() {
    return nodes.stream().noneMatch(JournalNode::isBusy);
  }

  void failOver() {
    database.failOver();
  }

  void heal() {
    database.endVanished();
  }

  /** Compares the committed rows with the stored ones, and checks that all writes were answered. */
  void check() {
    assertThat(ofNeighbours)
        .as("writes of other actors, all answered unless their process is gone")
        .allMatch(write -> write.node.isDead() || write.answer.isDone());
    try {
      Map<EventPosition, ByteString> found = new HashMap<>();
      for (SimulatedJournal.Row row : SimulatedJournal.read(database.admin())) {
        found.put(
            new EventPosition(row.persistenceId(), row.sequenceNumber(), row.writer()),
            row.bytes());
      }
      assertThat(found).as("the rows of the journal").isEqualTo(stored);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
