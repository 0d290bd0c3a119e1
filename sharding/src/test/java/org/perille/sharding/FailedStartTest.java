package org.perille.sharding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import org.perille.Topic;

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
}
