package org.perille.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MailProviderTest {
  private static final Instant BEGIN = Instant.parse("2011-12-09T12:00:00Z");

  @TempDir private Path directory;

  @Test
  void a_mail_is_sent_once_for_each_key_on_whatever_node_and_after_every_start() throws Exception {
    try (MailProvider one = at(Duration.ZERO);
        MailProvider other = at(Duration.ZERO)) {
      one.send(mail("k1"));
      other.send(mail("k2"));
      other.send(mail("k1"));
      one.send(mail("k2"));
    }
    try (MailProvider again = at(Duration.ZERO)) {
      again.send(mail("k1"));
      again.send(mail("k3"));
    }
    assertThat(sent()).containsExactly(mail("k1"), mail("k2"), mail("k3"));
  }

  @Test
  void a_line_that_a_dying_process_left_unfinished_is_no_mail_and_spoils_none() throws Exception {
    try (MailProvider one = at(Duration.ZERO);
        MailProvider other = at(Duration.ZERO)) {
      one.send(mail("k1"));
      Files.writeString(
          directory.resolve("mail-provider-sent.txt"), "k2\to", StandardOpenOption.APPEND);
      other.send(mail("k2"));
      one.send(mail("k3"));
      other.send(mail("k3"));
    }
    assertThat(sent()).containsExactly(mail("k1"), mail("k2"), mail("k3"));
  }

  @Test
  void it_is_slow_then_down_then_back_and_stays_so_after_a_start() throws Exception {
    try (MailProvider one = at(Duration.ZERO)) {
      for (int i = 0; i < MailProvider.WELL_FOR_MAILS; i++) {
        assertThat(one.isWell()).isTrue();
        one.send(mail("k" + i));
      }
      assertThat(one.isWell()).as("slow").isFalse();
    }
    try (MailProvider down = at(Outage.SLOW_FOR)) {
      assertThatThrownBy(() -> down.send(mail("late"))).isInstanceOf(IOException.class);
      assertThat(down.isWell()).as("down").isFalse();
    }
    try (MailProvider back = at(Outage.SLOW_FOR.plus(Outage.DOWN_FOR))) {
      back.send(mail("late"));
      assertThat(back.isWell()).as("back").isTrue();
    }
    assertThat(sent()).hasSize(MailProvider.WELL_FOR_MAILS + 1);
  }

  private MailProvider at(Duration sinceBegin) throws IOException {
    return MailProvider.open(directory, Clock.fixed(BEGIN.plus(sinceBegin), ZoneOffset.UTC));
  }

  private static MailProvider.Mail mail(String key) {
    return new MailProvider.Mail(key, "order", "Dear customer");
  }

  private List<MailProvider.Mail> sent() {
    List<MailProvider.Mail> mails = new ArrayList<>();
    MailProvider.readAll(directory, mails::add);
    return mails;
  }
}
