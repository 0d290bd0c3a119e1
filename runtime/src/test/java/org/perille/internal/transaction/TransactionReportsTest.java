package org.perille.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.internal.NodeProblems;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.PartitionId;
import org.perille.internal.transaction.TransactionReports.Oldest;
import org.slf4j.LoggerFactory;

class TransactionReportsTest {
  private static final PartitionId LOG = new PartitionId(TransactionLogs.TOPIC, 2);
  private static final Duration LATE = TransactionReports.OVERDUE_AFTER;

  private final ActorTestKit kit = ActorTestKit.create();
  private final NodeProblems problems = NodeProblems.of(kit.system());
  private final TransactionReports reports = new TransactionReports(problems, Listeners.NONE);
  private final Logger logger = (Logger) LoggerFactory.getLogger(TransactionReports.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  TransactionReportsTest() {
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void stop() {
    logger.setLevel(null);
    logger.detachAppender(lines);
    kit.shutdownTestKit();
  }

  private void progress(PartitionId log, Duration age) {
    reports.progress(log, 1, age, () -> new Oldest("a", Set.of(new PartitionId("orders", 3))));
  }

  @Test
  void an_overdue_transaction_is_warned_of_once_and_its_end_is_logged() {
    progress(LOG, LATE.minusMillis(1));
    assertThat(problems.list()).isEmpty();
    progress(LOG, LATE);
    reports.ended(LOG);
    progress(LOG, LATE.multipliedBy(2));
    assertThat(problems.list())
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).contains("60 s ago", "orders/3"));
    progress(LOG, Duration.ZERO);
    progress(LOG, Duration.ZERO);
    assertThat(problems.list()).isEmpty();
    assertThat(lines.list)
        .extracting(line -> line.getLevel().toString())
        .containsExactly("WARN", "INFO");
  }

  @Test
  void the_problem_of_one_log_is_not_withdrawn_by_another() {
    progress(LOG, LATE);
    progress(new PartitionId(TransactionLogs.TOPIC, 3), Duration.ZERO);
    assertThat(problems.list()).hasSize(1);
  }
}
