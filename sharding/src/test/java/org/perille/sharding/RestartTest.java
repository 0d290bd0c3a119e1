package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Perille;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.StorageException;
import org.perille.Subscription;
import org.perille.SubscriptionHandle;
import org.perille.Topic;

/** The life of a node with an actor system of its own: created, started, downed, stopped. */
class RestartTest {
  private static final Topic<Note> NOTES =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);
  private static final Topic<Note> COPIES =
      Topic.of("copies", Note.class).keyedBy(Note::key).withPartitions(4);

  private final Queue<Integer> handled = new ConcurrentLinkedQueue<>();
  private final Subscription<Note> reading =
      Subscription.of("reading", NOTES)
          .atLeastOnce(delivery -> handled.add(delivery.payload().number()));

  @AfterEach
  void let_the_storage_work() {
    MemoryStorage.failWith("");
  }

  private static Receipt get(CompletionStage<Receipt> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private static void assertRefused(CompletionStage<Receipt> stage, Reason reason, String text) {
    assertThat(stage.toCompletableFuture())
        .failsWithin(Duration.ofMinutes(3))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(PublishRefusedException.class)
        .withMessageContaining(text)
        .satisfies(
            e -> assertThat(((PublishRefusedException) e.getCause()).reason()).isEqualTo(reason));
  }

  /** Makes the node's cluster go on without it. */
  private static void down(ActorSystem<?> system) {
    Cluster cluster = Cluster.get(system);
    cluster.manager().tell(new Down(cluster.selfMember().address()));
  }

  private static void awaitRestart(Perille perille, ActorSystem<?> old) {
    await().atMost(180, SECONDS).until(() -> perille.system() != old && perille.health().ready());
  }

  @Test
  void a_handler_may_use_a_publisher_that_exists_before_the_node_starts() throws Exception {
    try (Perille perille = Perille.create(Memory.config(), NOTES, COPIES)) {
      Publisher<Note> copies = perille.publisher(COPIES);
      Subscription<Note> copying =
          Subscription.of("copying", NOTES)
              .atLeastOnceAsync(delivery -> copies.publish(delivery.payload()));
      perille.register(
          copying, Subscription.of("reading", COPIES).atLeastOnce(d -> handled.add(1)));
      perille.start();
      get(perille.publisher(NOTES).publish(new Note("a", 1)));
      await().atMost(180, SECONDS).until(() -> handled.size() == 1);
      assertThat(perille.publisher(COPIES)).isSameAs(copies);
    }
  }

  @Test
  void before_its_start_a_node_refuses_with_the_reason_and_is_live() {
    Perille perille = Perille.create(Memory.config(), reading);
    assertRefused(
        perille.publisher(NOTES).publish(new Note("a", 1)), Reason.NOT_RUNNING, "call start()");
    assertThatThrownBy(() -> perille.publisher(NOTES).publishAndForget(new Note("a", 1)))
        .isInstanceOf(PublishRefusedException.class);
    assertThat(perille.subscription(reading).status().toCompletableFuture())
        .isCompletedExceptionally();
    assertThatThrownBy(perille::system)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("call start()");
    assertThat(perille.health().live()).isTrue();
    assertThat(perille.health().ready()).isFalse();
    perille.close();
    assertThatThrownBy(perille::start).isInstanceOf(IllegalStateException.class);
    assertRefused(
        perille.publisher(NOTES).publish(new Note("a", 1)), Reason.STOPPED, "it was stopped");
  }

  @Test
  void a_node_that_was_downed_starts_again_and_publishers_and_handles_go_on_working()
      throws Exception {
    try (Perille perille = Perille.start(Memory.config(), reading)) {
      Publisher<Note> publisher = perille.publisher(NOTES);
      SubscriptionHandle<Note> handle = perille.subscription(reading);
      Receipt before = get(publisher.publish(new Note("a", 1)));
      handle.awaitHandled(before).toCompletableFuture().get(180, SECONDS);
      ActorSystem<?> old = perille.system();
      down(old);
      awaitRestart(perille, old);
      assertThat(old.getWhenTerminated()).isDone();
      Receipt receipt = get(publisher.publish(new Note("a", 2)));
      handle.awaitHandled(receipt).toCompletableFuture().get(180, SECONDS);
      assertThat(handled).contains(1, 2);
      assertThat(perille.health().live()).isTrue();
      assertThat(Perille.get(perille.system())).isSameAs(perille);
      perille.register(Subscription.of("later", NOTES).atLeastOnce(delivery -> {}));
    }
  }

  @Test
  void a_downed_node_starts_again_although_an_actor_does_not_let_its_actor_system_terminate()
      throws Exception {
    CompletableFuture<Boolean> hanging = new CompletableFuture<>();
    Config config =
        Memory.config("pekko.coordinated-shutdown.phases.actor-system-terminate.timeout = 1s");
    try (Perille perille = Perille.start(config, reading)) {
      ActorSystem<?> old = perille.system();
      old.systemActorOf(
              Behaviors.receiveMessage(message -> Behaviors.stopped(hanging::join)),
              "hanging",
              Props.empty())
          .tell("stop");
      down(old);
      awaitRestart(perille, old);
      assertThat(old.getWhenTerminated()).isNotDone();
      get(perille.publisher(NOTES).publish(new Note("a", 1)));
      hanging.complete(true);
      assertThat(old.getWhenTerminated().toCompletableFuture())
          .succeedsWithin(Duration.ofMinutes(3));
    } finally {
      hanging.complete(true);
    }
  }

  @Test
  void a_downed_node_that_can_not_start_tries_again_until_it_can_and_meanwhile_says_why()
      throws Exception {
    try (Perille perille = Perille.start(Memory.config(), reading)) {
      ActorSystem<?> old = perille.system();
      MemoryStorage.failWith("planned");
      down(old);
      await().atMost(180, SECONDS).until(() -> perille.health().detail().contains("planned"));
      assertThat(perille.health().live()).isFalse();
      assertThat(perille.health().ready()).isFalse();
      assertRefused(
          perille.publisher(NOTES).publish(new Note("a", 1)), Reason.NOT_RUNNING, "planned");
      assertThatThrownBy(() -> perille.register(COPIES))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("planned");
      MemoryStorage.failWith("");
      awaitRestart(perille, old);
      get(perille.publisher(NOTES).publish(new Note("a", 1)));
    }
  }

  @Test
  void a_downed_node_that_waits_for_its_next_attempt_stops_at_once() {
    Perille perille = Perille.start(Memory.config(), reading);
    MemoryStorage.failWith("planned");
    down(perille.system());
    await().atMost(180, SECONDS).until(() -> perille.health().detail().contains("planned"));
    perille.close();
    assertThat(perille.health().detail()).contains("it was stopped");
    assertRefused(
        perille.publisher(NOTES).publish(new Note("a", 1)), Reason.STOPPED, "it was stopped");
  }

  @Test
  void a_start_that_has_failed_may_be_repeated() throws Exception {
    MemoryStorage.failWith("planned");
    try (Perille perille = Perille.create(Memory.config(), reading)) {
      assertThatThrownBy(perille::start).isInstanceOf(StorageException.class);
      MemoryStorage.failWith("");
      perille.start();
      get(perille.publisher(NOTES).publish(new Note("a", 1)));
    }
  }

  @Test
  void a_stop_ends_a_start_that_waits_for_its_cluster_and_leaves_no_thread() throws Exception {
    Set<Thread> before = threadsOfNodes();
    // Nothing listens at this port.
    Config config = Memory.config("pekko.cluster.seed-nodes = [\"pekko://perille@127.0.0.1:1\"]");
    Perille perille = Perille.create(config, reading);
    CompletableFuture<Perille> start = CompletableFuture.supplyAsync(perille::start);
    await().atMost(180, SECONDS).until(() -> !before.containsAll(threadsOfNodes()));
    perille.stop().toCompletableFuture().get(180, SECONDS);
    assertThat(start).failsWithin(Duration.ofMinutes(3));
    await()
        .atMost(180, SECONDS)
        .untilAsserted(() -> assertThat(before).containsAll(threadsOfNodes()));
  }

  @Test
  void a_node_whose_actor_system_the_application_terminates_does_not_start_again()
      throws Exception {
    Perille perille = Perille.start(Memory.config(), reading);
    perille.system().terminate();
    await()
        .atMost(180, SECONDS)
        .until(() -> perille.health().detail().contains("its actor system has terminated"));
    assertRefused(
        perille.publisher(NOTES).publish(new Note("a", 1)),
        Reason.STOPPED,
        "its actor system has terminated");
    perille.close();
  }

  private static Set<Thread> threadsOfNodes() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.isDaemon() && thread.getName().startsWith("perille"))
        .collect(Collectors.toSet());
  }
}
