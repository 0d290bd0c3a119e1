package org.perille.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.perille.Subscription;

class PerilleExtensionTest {
  /** Pekko's own test kit, with an actor system of its own. */
  private static final ActorTestKit ACTORS = ActorTestKit.create();

  private final TestProbe<String> mails = ACTORS.createTestProbe(String.class);

  private final Subscription<Order> mailing =
      Subscription.of("mailing", Order.TOPIC)
          .atLeastOnce(delivery -> mails.ref().tell(delivery.payload().id()));

  @RegisterExtension final PerilleExtension perille = PerilleExtension.of(mailing);

  @AfterAll
  static void stopActors() {
    ACTORS.shutdownTestKit();
  }

  @Test
  void a_handler_and_an_actor_are_tested_side_by_side(PerilleTestKit kit) {
    kit.publish(Order.TOPIC, Order.of(1));
    mails.expectMessage("o-1");
    kit.awaitAllHandled();
    assertThat(kit).isSameAs(perille.kit());
  }

  @RepeatedTest(3)
  void every_test_has_a_kit_of_its_own(PerilleTestKit kit) {
    assertThat(kit.attempts(mailing)).isEmpty();
    assertThat(kit.publish(Order.TOPIC, Order.of(1), "o-1").duplicate()).isFalse();
    mails.expectMessage("o-1");
  }

  @Test
  void a_test_that_fails_hears_how_its_subscriptions_were_doing(PerilleTestKit kit) {
    kit.publish(Order.TOPIC, Order.of(1));
    kit.awaitAllHandled();
    Throwable failure = new AssertionError("what the test says");
    perille.afterTestExecution(after(failure));
    assertThat(failure.getSuppressed()[0])
        .hasMessageContaining("subscription 'mailing' of topic 'orders':")
        .hasMessageContaining("attempt 1 of Order[id=o-1");
  }

  @Test
  void without_a_test_there_is_no_kit() {
    assertThatThrownBy(() -> PerilleExtension.of(mailing).kit())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("@RegisterExtension");
  }

  private static ExtensionContext after(Throwable failure) {
    return (ExtensionContext)
        Proxy.newProxyInstance(
            PerilleExtensionTest.class.getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (proxy, method, arguments) -> Optional.of(failure));
  }
}
