package org.perille.proof.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.internal.log.BatchReceipt;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.MemoryRecorder;
import org.perille.testkit.history.Phase;

/** The faults of messages to an actor with the path of a publisher. */
class FaultyMailboxTest {
  private static final String LOCAL = "a message that never leaves its node";

  private static final Duration SOON = Duration.ofMillis(20);

  private final MemoryRecorder recorder = new MemoryRecorder();
  private final Faults faults = new Faults(recorder);
  private final List<Object> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger starts = new AtomicInteger();
  private ActorSystem<Void> system;
  private ActorRef<Object> publisher;

  @BeforeEach
  void start() {
    system =
        ActorSystem.create(
            Behaviors.empty(),
            "mailboxes",
            ActorSystemSetup.create(
                new Injection(faults, "node", 1),
                BootstrapSetup.create(
                    ConfigFactory.parseMap(
                            Map.of(
                                "pekko.actor.typed.default-mailbox.mailbox-type",
                                FaultyMailbox.class.getName(),
                                "pekko.actor.provider",
                                "local"))
                        .withFallback(ConfigFactory.load()))));
    publisher =
        system.systemActorOf(
            Behaviors.supervise(receiving()).onFailure(SupervisorStrategy.restart()),
            "perille-publisher-test",
            Props.empty());
    awaitMailbox();
  }

  /** Waits for the mailbox. Messages sent before arrive later, under the faults of that time. */
  private void awaitMailbox() {
    publisher.tell(LOCAL);
    awaitReceived(LOCAL);
    received.clear();
  }

  private Behavior<Object> receiving() {
    return Behaviors.setup(
        context -> {
          starts.incrementAndGet();
          return Behaviors.receiveMessage(
              message -> {
                received.add(message);
                return Behaviors.same();
              });
        });
  }

  @AfterEach
  void end() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }

  private static BatchReceipt receipt(long number) {
    return new BatchReceipt("publisher", 0, number, 0, 0, List.of(), List.of());
  }

  private void rage(FaultKind kind, Duration delay) {
    faults.rage(new Storm(Map.of(kind, 1.0), delay), Set.of());
  }

  private void awaitReceived(Object... messages) {
    await().untilAsserted(() -> assertThat(received).containsExactly(messages));
  }

  private long happened(FaultKind kind, Phase phase) {
    return Coverage.of(recorder.history()).faults(kind.name(), phase);
  }

  @Test
  void what_has_crossed_the_network_is_lost_and_what_has_not_never_is() {
    rage(FaultKind.MESSAGE_LOST, SOON);
    publisher.tell(receipt(1));
    publisher.tell(LOCAL);
    awaitReceived(LOCAL);
    assertThat(happened(FaultKind.MESSAGE_LOST, Phase.AFTER_ANSWER)).isEqualTo(1);
  }

  @Test
  void what_is_repeated_comes_twice() {
    rage(FaultKind.MESSAGE_REPEATED, SOON);
    publisher.tell(receipt(1));
    awaitReceived(receipt(1), receipt(1));
  }

  @Test
  void what_is_late_comes_once() {
    rage(FaultKind.MESSAGE_LATE, SOON);
    publisher.tell(receipt(1));
    awaitReceived(receipt(1));
    assertThat(happened(FaultKind.MESSAGE_LATE, Phase.AFTER_ANSWER)).isEqualTo(1);
  }

  @Test
  void what_is_overtaken_comes_behind_the_next_one_from_the_network_and_behind_no_other() {
    rage(FaultKind.MESSAGE_OVERTAKEN, Duration.ofHours(1));
    publisher.tell(receipt(1));
    faults.rage(Storm.NONE, Set.of(new Storm.Shot(Part.FEED, Phase.UNKNOWN)));
    publisher.tell(LOCAL);
    publisher.tell(receipt(2));
    awaitReceived(LOCAL, receipt(2), receipt(1));
  }

  @Test
  void what_nothing_overtakes_comes_nevertheless() {
    rage(FaultKind.MESSAGE_OVERTAKEN, SOON);
    publisher.tell(receipt(1));
    awaitReceived(receipt(1));
  }

  @Test
  void an_actor_that_fails_does_so_before_the_chosen_message_and_its_supervision_hears_of_it() {
    faults.rage(Storm.NONE, Set.of(new Storm.Shot(Part.PUBLISHER, Phase.AFTER_ANSWER)));
    publisher.tell(receipt(1));
    publisher.tell(receipt(2));
    awaitReceived(receipt(1), receipt(2));
    assertThat(starts).hasValue(2);
    assertThat(happened(FaultKind.ACTOR_FAILED, Phase.AFTER_ANSWER)).isEqualTo(1);
  }
}
