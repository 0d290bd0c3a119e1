package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.cluster.sharding.ShardRegion;
import org.apache.pekko.event.Logging;
import org.apache.pekko.event.LoggingAdapter;
import org.junit.jupiter.api.Test;
import org.perille.Perille;
import org.slf4j.LoggerFactory;

/** The log of a node's actor system. */
class NodeLoggerTest {
  @Test
  void routine_messages_are_at_debug_and_errors_stay_errors() {
    Logger logger = (Logger) LoggerFactory.getLogger(ShardRegion.class);
    ListAppender<ILoggingEvent> list = new ListAppender<>();
    list.list = new CopyOnWriteArrayList<>();
    list.start();
    logger.addAppender(list);
    logger.setLevel(Level.DEBUG);
    try (Perille perille = Perille.start(Memory.config())) {
      LoggingAdapter pekko =
          Logging.getLogger(perille.system().classicSystem().eventStream(), ShardRegion.class);
      pekko.warning("Requested shard homes of a test");
      pekko.error("Requested shard homes of a test, in vain");
      pekko.warning("something else");
      await()
          .atMost(180, SECONDS)
          .untilAsserted(
              () ->
                  assertThat(
                          list.list.stream()
                              .filter(event -> !event.getFormattedMessage().startsWith("perille"))
                              .map(event -> event.getLevel() + " " + event.getFormattedMessage()))
                      .containsSubsequence(
                          "DEBUG Requested shard homes of a test",
                          "ERROR Requested shard homes of a test, in vain",
                          "WARN something else")
                      .doesNotHaveDuplicates());
    } finally {
      logger.detachAppender(list);
      logger.setLevel(null);
    }
  }
}
