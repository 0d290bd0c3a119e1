package org.perille.sharding.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RefusalLogTest {
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AtomicLong nanos = new AtomicLong();
  private final RefusalLog log = new RefusalLog(nanos::get);

  @BeforeEach
  void start() {
    lines.start();
    logger().addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger().detachAppender(lines);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(RefusalLog.class);
  }

  private long warnings() {
    return lines.list.stream().filter(event -> event.getLevel() == Level.WARN).count();
  }

  @Test
  void a_node_that_tries_again_and_again_is_logged_once_a_minute() {
    for (int second = 0; second < 120; second++) {
      nanos.set(Duration.ofSeconds(second).toNanos());
      log.failed("the connection to the node at shop2:25520", "the certificate has expired");
    }
    assertThat(warnings()).isEqualTo(2);
  }

  @Test
  void strangers_can_not_flood_the_log() {
    for (int stranger = 0; stranger < 1_000; stranger++) {
      log.failed("a connection from another node", "certificate " + stranger);
    }
    assertThat(warnings()).isLessThanOrEqualTo(50);
  }
}
