package org.perille.spring.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.perille.Health;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

class NodeLifecycleTest {
  record Event(String id) implements PerilleMessage {}

  private final Topic<Event> topic =
      Topic.of("events", Event.class).keyedBy(Event::id).withPartitions(1);
  private final CountDownLatch handled = new CountDownLatch(1);
  private final Subscription<Event> subscription =
      Subscription.of("listener", topic).atLeastOnce(delivery -> handled.countDown());

  private final Perille perille =
      Perille.create(
          ConfigFactory.load(
              ConfigFactory.parseMap(
                  Map.of(
                      "perille.storage.h2.directory", "mem:lifecycle",
                      "perille.storage.h2.sync", "off"))),
          topic);

  @Test
  void the_node_starts_before_the_web_server_and_stops_after_it() {
    assertThat(NodeLifecycle.PHASE)
        .isLessThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE)
        .isLessThan(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE);
  }

  @Test
  void health_endpoint_and_subscriptions_follow_the_node() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    NodeLifecycle lifecycle =
        new NodeLifecycle(perille, () -> List.of(subscription), ended::countDown);
    HealthIndicator readiness =
        new NodeHealthIndicator(perille, Health::ready, Status.OUT_OF_SERVICE);
    PerilleEndpoint endpoint =
        new PerilleEndpoint(perille, () -> List.of(topic), () -> List.of(subscription), List::of);

    assertThat(lifecycle.isRunning()).isFalse();
    assertThat(readiness.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
    assertThat(endpoint.read().get("subscriptions").toString()).contains("error=");

    lifecycle.start();
    assertThat(lifecycle.isRunning()).isTrue();
    assertThat(readiness.health().getStatus()).isEqualTo(Status.UP);
    perille.publisher(topic).publish(new Event("e-1")).toCompletableFuture().join();
    assertThat(handled.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(endpoint.read().get("subscriptions").toString()).contains("deadLetters=0");

    CountDownLatch stopped = new CountDownLatch(1);
    lifecycle.stop(stopped::countDown);
    assertThat(stopped.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(ended.getCount()).isZero();
    assertThat(lifecycle.isRunning()).isFalse();
    assertThat(readiness.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
  }
}
