package org.perille.sharding.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.sharding.internal.tls.TestAuthority.Request;
import org.slf4j.LoggerFactory;

class CertificatesInUseTest {
  private static final String HOST = "127.0.0.1";
  private static final TestAuthority AUTHORITY = TestAuthority.create("cluster");

  @TempDir Path directory;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Instant now = Instant.now();
  private CertificatesInUse certificates;

  @BeforeEach
  void start() {
    TestAuthority.files(directory, AUTHORITY.issue(HOST), AUTHORITY);
    TlsSettings settings =
        new TlsSettings(
            directory.resolve("node.pem"),
            directory.resolve("node.key"),
            directory.resolve("trusted.pem"),
            Optional.empty(),
            HOST,
            Duration.ofMinutes(5));
    certificates = new CertificatesInUse(settings, now);
    log.start();
    logger().addAppender(log);
  }

  @AfterEach
  void stop() {
    logger().detachAppender(log);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(CertificatesInUse.class);
  }

  private List<String> logged(Level level) {
    return log.list.stream()
        .filter(event -> event.getLevel() == level)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Test
  void files_that_have_not_changed_change_nothing() {
    TlsContext before = certificates.context();
    assertThat(certificates.refresh(now)).isEmpty();
    assertThat(certificates.context()).isSameAs(before);
  }

  @Test
  void replaced_files_are_used() {
    TlsContext before = certificates.context();
    TestAuthority.files(directory, AUTHORITY.issue(HOST), AUTHORITY);
    assertThat(certificates.refresh(now)).isEmpty();
    assertThat(certificates.context()).isNotSameAs(before);
  }

  @Test
  void files_that_can_not_be_used_leave_the_former_ones_in_use_and_are_logged_once() {
    TlsContext before = certificates.context();
    // The certificate is there, and its key isn't yet.
    TestAuthority.write(directory.resolve("node.pem"), AUTHORITY.issue(HOST).certificatePem());
    assertThat(certificates.refresh(now)).get().asString().contains("doesn't belong");
    assertThat(certificates.refresh(now)).isPresent();
    assertThat(certificates.context()).isSameAs(before);
    assertThat(logged(Level.ERROR)).hasSize(1).first().asString().contains("the former");

    TestAuthority.files(directory, AUTHORITY.issue(HOST), TestAuthority.create("other"));
    assertThat(certificates.refresh(now)).get().asString().contains("no authority");
    assertThat(logged(Level.ERROR)).hasSize(2);

    TestAuthority.files(directory, AUTHORITY.issue(HOST), AUTHORITY);
    assertThat(certificates.refresh(now)).isEmpty();
    assertThat(certificates.context()).isNotSameAs(before);
  }

  @Test
  void a_certificate_that_expires_soon_is_a_problem_and_logged_once() {
    Instant soon = now.plus(Duration.ofDays(100));
    TestAuthority.files(directory, AUTHORITY.issue(Request.of(HOST).validUntil(soon)), AUTHORITY);
    assertThat(certificates.refresh(soon.minus(Duration.ofDays(15)))).isEmpty();
    for (int hour = 1; hour < 4; hour++) {
      assertThat(certificates.refresh(soon.minus(Duration.ofDays(14)).plus(Duration.ofHours(hour))))
          .get()
          .asString()
          .contains("it expires at");
    }
    assertThat(logged(Level.WARN)).hasSize(1);
    assertThat(certificates.refresh(soon.plus(Duration.ofHours(1))))
        .get()
        .asString()
        .contains("has expired");
  }
}
