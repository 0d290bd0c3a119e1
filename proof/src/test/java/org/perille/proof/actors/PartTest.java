package org.perille.proof.actors;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.pekko.actor.ActorPath;
import org.apache.pekko.actor.ActorPaths;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartTest {
  private static final String ENTITY = "/system/sharding/perille-partition/load~0/load~0";
  private static final String WORKER =
      "/system/sharding/perille-worker/load~counting~3/load~counting~3/worker";

  private static ActorPath path(String elements) {
    return ActorPaths.fromString("pekko://perille" + elements);
  }

  @ParameterizedTest
  @CsvSource({
    "'', ENTITY",
    "/partition, PARTITION",
    "/partition/feed-counting-1, FEED",
    "/partition/feed-counting-1/producer, FEED_PRODUCER",
    "/deliveries, DELIVERIES",
    "/deliveries/consumerController-a-1-load~0, BATCH_CONSUMER"
  })
  void an_actor_of_a_partition_is_known_by_its_path(String below, Part part) {
    assertThat(Part.of(path(ENTITY + below))).isEqualTo(part);
  }

  @ParameterizedTest
  @CsvSource({
    "'', WORKER",
    "/feed-client, FEED_CLIENT",
    "/feed-client/session-2, SESSION",
    "/cursor, CURSOR_LOG",
    "/failures, FAILURES",
    "/keys, KEYS",
    "/keys/$a, KEY_JOURNAL"
  })
  void an_actor_of_a_worker_is_known_by_its_path(String below, Part part) {
    assertThat(Part.of(path(WORKER + below))).isEqualTo(part);
    assertThat(Part.of(path("/system/perille-load~ephemeral~0" + below))).isEqualTo(part);
  }

  @ParameterizedTest
  @CsvSource({
    "/system/perille-publisher-load, PUBLISHER",
    "/system/perille-publisher-load/delivery-1, DELIVERY",
    "/system/perille-publisher-load/delivery-1/load~0, BATCH_PRODUCER",
    "/system/receptionist, OTHER",
    "/system/sharding/perille-partition/load~0, OTHER",
    "/system/sharding/perille-worker/load~counting~3, OTHER",
    "/system/sharding/perille-worker/load~counting~3/load~counting~3, OTHER",
    "/user, OTHER"
  })
  void an_actor_of_a_publisher_is_known_by_its_path_and_others_are_left_alone(
      String path, Part part) {
    assertThat(Part.of(path(path))).isEqualTo(part);
  }
}
