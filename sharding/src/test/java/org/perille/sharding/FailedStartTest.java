package org.perille.sharding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.apache.pekko.actor.ExtensionId;
import org.apache.pekko.actor.ExtensionIdProvider;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.StorageException;
import org.perille.Subscription;
import org.perille.Topic;
import org.slf4j.LoggerFactory;

/** Goal: a failed start reports the reason, and leaves nothing that keeps the process alive. */
class FailedStartTest {
  record Text(String key) implements PerilleMessage {}

  /**
   * A class of a library that was compiled against another version of its dependency.
   *
   * <p>Only the starting thread uses it. In an actor, a serializer for example, the error would end
   * the JVM.
   */
  public static final class Incompatible extends AbstractExtensionId<Extension>
      implements ExtensionIdProvider {
    @Override
    public ExtensionId<? extends Extension> lookup() {
      return this;
    }

    @Override
    public Extension createExtension(ExtendedActorSystem system) {
      throw new NoSuchMethodError("planned");
    }
  }

  private static Set<Thread> threadsOfNodes() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.isDaemon() && thread.getName().startsWith("perille"))
        .collect(Collectors.toSet());
  }

  private static void assertEndsWhatItBegan(Set<Thread> before) {
    await()
        .atMost(Duration.ofMinutes(3))
        .untilAsserted(() -> assertThat(before).containsAll(threadsOfNodes()));
  }

  @Test
  void an_error_while_the_actor_system_is_made_is_thrown_and_no_thread_stays() {
    Set<Thread> before = threadsOfNodes();
    assertThatThrownBy(
            () ->
                Perille.start(
                        Memory.config(
                            "pekko.extensions = [\"" + Incompatible.class.getName() + "\"]"))
                    .close())
        .isInstanceOf(NoSuchMethodError.class)
        .hasMessage("planned");
    assertEndsWhatItBegan(before);
  }

  @Test
  void an_error_of_a_definition_is_thrown_and_no_thread_stays() {
    Set<Thread> before = threadsOfNodes();
    Topic<Text> topic = Topic.of("texts", Text.class).keyedBy(Text::key);
    assertThatThrownBy(
            () -> Perille.start(Memory.config(), topic.withPartitions(2), topic.withPartitions(3)))
        .isInstanceOf(ConfigurationException.class);
    assertEndsWhatItBegan(before);
  }

  private static Config unreadable(int reads, String sqlState) {
    return Memory.config(
        "pekko.persistence.testkit.query {",
        "class = \"" + UnreadableJournal.class.getName() + "\"",
        "failures = " + reads,
        "sql-state = \"" + sqlState + "\"",
        "}");
  }

  private static Subscription<Text> subscription() {
    return Subscription.of(
            "s", Topic.of("unreadable", Text.class).keyedBy(Text::key).withPartitions(2))
        .atLeastOnce(delivery -> {});
  }

  @Test
  void a_connection_that_breaks_while_the_journal_is_read_delays_a_start() {
    Logger logger =
        (Logger) LoggerFactory.getLogger("org.perille.sharding.internal.bootstrap.RepeatedReads");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    try (Perille perille = Perille.start(unreadable(3, "08006"), subscription())) {
      await().atMost(Duration.ofMinutes(3)).until(() -> perille.health().ready());
    } finally {
      logger.detachAppender(log);
    }
    assertThat(log.list)
        .filteredOn(event -> event.getLevel().equals(Level.WARN))
        .singleElement()
        .asString()
        .contains("can't be read at the moment", "planned");
  }

  @Test
  void a_start_that_may_not_read_the_journal_fails_at_once_and_says_so() {
    Set<Thread> before = threadsOfNodes();
    assertThatThrownBy(
            () -> Perille.start(unreadable(Integer.MAX_VALUE, "42501"), subscription()).close())
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("the journal can't be read")
        .hasMessageContaining("planned");
    assertEndsWhatItBegan(before);
  }
}
