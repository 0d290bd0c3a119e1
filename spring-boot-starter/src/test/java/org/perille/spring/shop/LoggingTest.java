package org.perille.spring.shop;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class LoggingTest {
  /** A line of Perille or Pekko, as the configuration of these tests prints it. */
  private static final Pattern OF_THE_NODE =
      Pattern.compile("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} (INFO|DEBUG|TRACE) +o\\.(p|a\\.p)\\..*");

  @AfterEach
  void reset() {
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
  }

  /** Spring Boot's default is INFO for all loggers. */
  @Test
  void a_start_logs_at_most_30_lines_of_perille_and_pekko(CapturedOutput output) {
    try (ConfigurableApplicationContext context =
        new SpringApplicationBuilder(ShopApplication.class)
            .properties(
                "logging.level.root=info",
                "spring.datasource.url=jdbc:h2:mem:logging",
                "spring.main.web-application-type=none",
                "spring.main.banner-mode=off",
                "perille.spring.outbox=true")
            .run()) {
      assertThat(context.isActive()).isTrue();
      List<String> lines =
          output.toString().lines().filter(line -> OF_THE_NODE.matcher(line).matches()).toList();
      assertThat(lines).hasSizeBetween(1, 30);
    }
  }
}
