package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.delivery.ProducerController;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.jdbc.config.JournalConfig;
import org.apache.pekko.persistence.jdbc.db.SlickDatabase;
import org.apache.pekko.persistence.jdbc.db.SlickExtension;
import org.apache.pekko.persistence.jdbc.db.SlickExtensionImpl;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.stream.Materializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.DeadLetter;
import org.perille.Perille;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureLog;
import org.perille.internal.feed.QueryPartitionJournal;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.Partition;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.SubscribedWorkers;
import org.perille.internal.settings.FeedLimits;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.settings.PartitionSettings;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.internal.JournalDao;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.FutureConverters;

/** Goal: a predecessor that is still alive can't write, on every database. */
abstract class FencingContract {
  private static final PartitionId ID = new PartitionId("fenced", 0);

  @TempDir Path directory;

  private final AtomicInteger names = new AtomicInteger();
  private Database database;
  private Perille perille;
  private ActorSystem<?> system;
  private PartitionSettings settings;

  abstract Database database(Path directory);

  @BeforeEach
  void start() {
    database = database(directory);
    perille = Perille.start(database.config());
    system = perille.system();
    String storage = "perille.storage." + database.config().getString("perille.storage.profile");
    settings =
        new PartitionSettings(
            new LogLimits(Duration.ofHours(1), 100),
            new FeedLimits(10, 10_000),
            10_000,
            Duration.ofSeconds(2),
            1_000_000,
            100,
            Duration.ofHours(1),
            storage + ".journal",
            storage + ".snapshot",
            "test");
  }

  @AfterEach
  void stop() {
    perille.close();
  }

  /** An active partition, and a publisher of its own that sends it batches. */
  private final class Epoch {
    private final ActorRef<Partition.Command> partition;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final String publisher = "publisher-" + names.incrementAndGet();
    private final AtomicInteger batches = new AtomicInteger();
    private final ActorRef<PublishBatch> sender;

    Epoch() {
      partition =
          spawn(
              Partition.create(
                  ID,
                  settings,
                  new QueryPartitionJournal(
                      system, settings.journalPluginId().replace(".journal", ".read-journal")),
                  Clock.systemUTC(),
                  Listeners.NONE,
                  SubscribedWorkers.NONE));
      spawn(
          Behaviors.<Void>setup(
              context -> {
                context.watch(partition);
                return Behaviors.receive(Void.class)
                    .onSignal(
                        org.apache.pekko.actor.typed.Terminated.class,
                        signal -> {
                          ended.complete(null);
                          return Behaviors.stopped();
                        })
                    .build();
              }));
      ActorRef<ConsumerController.Command<PublishBatch>> consumer =
          spawn(ConsumerController.<PublishBatch>create());
      ActorRef<ProducerController.Command<PublishBatch>> producer =
          spawn(ProducerController.create(PublishBatch.class, publisher, Optional.empty()));
      producer.tell(new ProducerController.RegisterConsumer<>(consumer));
      sender = sender(producer);
      partition.tell(new Partition.UseConsumerController(consumer.unsafeUpcast()));
      endOffset();
    }

    /** Sends one batch for each demand. The tests send one at a time. */
    private ActorRef<PublishBatch> sender(
        ActorRef<ProducerController.Command<PublishBatch>> producer) {
      CompletableFuture<ActorRef<PublishBatch>> sendTo = new CompletableFuture<>();
      ActorRef<ProducerController.RequestNext<PublishBatch>> demand =
          spawn(
              Behaviors.receiveMessage(
                  (ProducerController.RequestNext<PublishBatch> next) -> {
                    sendTo.complete(next.sendNextTo());
                    return Behaviors.same();
                  }));
      producer.tell(new ProducerController.Start<>(demand));
      return sendTo.join();
    }

    CompletableFuture<BatchReceipt> append(String key) {
      CompletableFuture<BatchReceipt> receipt = new CompletableFuture<>();
      ActorRef<BatchReceipt> receiver =
          spawn(
              Behaviors.receiveMessage(
                  (BatchReceipt message) -> {
                    receipt.complete(message);
                    return Behaviors.stopped();
                  }));
      sender.tell(
          new PublishBatch(
              ID.topic(),
              ID.partition(),
              publisher,
              batches.incrementAndGet(),
              List.of(new LogMessage(key, "", Map.of(), 1, "", ByteString.EMPTY)),
              Map.of(),
              List.of(),
              receiver,
              false));
      return receipt;
    }

    long endOffset() {
      return await()
          .atMost(180, SECONDS)
          .ignoreExceptions()
          .until(
              () ->
                  AskPattern.<Partition.Command, PartitionRequest.Description>ask(
                          partition,
                          PartitionRequest.Describe::new,
                          Duration.ofSeconds(1),
                          system.scheduler())
                      .toCompletableFuture()
                      .get(5, SECONDS)
                      .endOffset(),
              end -> true);
    }
  }

  private <T> ActorRef<T> spawn(org.apache.pekko.actor.typed.Behavior<T> behavior) {
    return system.systemActorOf(behavior, "test-" + names.incrementAndGet(), Props.empty());
  }

  @Test
  void a_predecessor_that_lives_on_can_not_append_once_its_successor_is_active() throws Exception {
    Epoch zombie = new Epoch();
    zombie.append("before").get(180, SECONDS);
    Epoch successor = new Epoch();
    assertThat(successor.endOffset()).isEqualTo(1);

    CompletableFuture<BatchReceipt> tooLate = zombie.append("too late");

    zombie.ended.get(180, SECONDS);
    assertThat(tooLate).isNotDone();
    assertThat(successor.append("after").get(180, SECONDS).firstOffset()).isEqualTo(1);
    assertThat(new Epoch().endOffset()).isEqualTo(2);
  }

  @Test
  void what_a_predecessor_writes_fails_alone_though_it_shares_its_transaction_with_others()
      throws Exception {
    JournalDao journal = journalOfOneTransactionAtOnce();
    int keys = 200;
    for (int i = 0; i < keys; i += 10) {
      write(journal, "key" + i).get(180, SECONDS);
    }
    List<CompletableFuture<?>> writes = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      writes.add(write(journal, "key" + i));
    }
    for (int i = 0; i < keys; i++) {
      CompletableFuture<?> write = writes.get(i);
      if (i % 10 == 0) {
        assertThatThrownBy(() -> write.get(180, SECONDS))
            .hasRootCauseInstanceOf(SQLException.class);
      } else {
        assertThat(write).as("key" + i).succeedsWithin(Duration.ofMinutes(3));
      }
    }
  }

  /** A snapshot follows 6,000 changes here, which are 12 events. */
  @Test
  void a_failure_log_that_goes_on_for_ever_keeps_the_events_of_its_last_two_snapshots()
      throws Exception {
    CompletableFuture<Void> done = new CompletableFuture<>();
    int events = 500;
    spawn(
        Behaviors.<FailureLog.Answer>setup(
            context -> {
              ActorRef<FailureLog.Command> log =
                  context.spawn(
                      FailureLog.create(
                          new FailureLog.Storage(
                              "failing",
                              settings.journalPluginId(),
                              settings.snapshotPluginId(),
                              "test"),
                          Clock.systemUTC(),
                          context.getSelf()),
                      "log");
              AtomicInteger saved = new AtomicInteger();
              return Behaviors.receiveMessage(
                  (FailureLog.Answer answer) -> {
                    if (saved.get() == events) {
                      done.complete(null);
                    } else {
                      log.tell(new FailureLog.Save(failuresAgain(saved.incrementAndGet())));
                    }
                    return Behaviors.same();
                  });
            }));
    done.get(180, SECONDS);
    perille.close();
    assertThat(rows("failing")).isBetween(12L, 60L);
  }

  private static List<FailureEvent> failuresAgain(int attempt) {
    List<FailureEvent> changes = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      String key = "key" + i;
      if (attempt > 1) {
        changes.add(new FailureEvent.Begun(key, List.of((long) i)));
      }
      changes.add(
          new FailureEvent.Failed(
              new FailureEvent.Position(key, i, i),
              new FailureEvent.Cause(DeadLetter.Failure.HANDLER, "planned.Error", "planned"),
              attempt,
              attempt + 1));
    }
    return changes;
  }

  private long rows(String persistenceId) throws SQLException {
    try (Connection connection = database.storage().getConnection();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT COUNT(*) FROM \"perille_journal\" WHERE \"persistence_id\" = ?")) {
      select.setString(1, persistenceId);
      try (ResultSet count = select.executeQuery()) {
        count.next();
        return count.getLong(1);
      }
    }
  }

  private JournalDao journalOfOneTransactionAtOnce() {
    Config config =
        ConfigFactory.parseString("parallelism = 1")
            .withFallback(system.settings().config().getConfig(settings.journalPluginId()));
    SlickDatabase database =
        ((SlickExtensionImpl) SlickExtension.apply(system.classicSystem())).database(config);
    return new JournalDao(
        database.database(),
        database.profile(),
        new JournalConfig(config),
        SerializationExtension.get(system),
        system.executionContext(),
        Materializer.matFromSystem(system));
  }

  private static CompletableFuture<?> write(JournalDao journal, String persistenceId) {
    PersistentRepr first =
        PersistentRepr.apply("event", 1, persistenceId, "", false, null, "writer");
    return FutureConverters.asJava(
            journal.asyncWriteMessages(
                CollectionConverters.asScala(
                        List.of(
                            new AtomicWrite(CollectionConverters.asScala(List.of(first)).toSeq())))
                    .toSeq()))
        .toCompletableFuture();
  }
}
