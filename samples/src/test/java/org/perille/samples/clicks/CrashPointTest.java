package org.perille.samples.clicks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.MessageId;

class CrashPointTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final PrintStream launcher = new PrintStream(said, true, StandardCharsets.UTF_8);

  @Test
  void it_asks_to_be_killed_at_the_nth_pass_of_its_place_and_never_goes_on() {
    CrashPoint point = at(new Crash(Crash.Place.AFTER_WORK, 2));
    point.pass(Crash.Place.AFTER_WORK, delivery(1));
    point.pass(Crash.Place.BEFORE_WORK, delivery(2));
    assertThat(said()).isEmpty();

    Thread handler = new Thread(() -> point.pass(Crash.Place.AFTER_WORK, delivery(3)));
    handler.setDaemon(true);
    handler.start();
    await().until(() -> handler.getState() == Thread.State.WAITING);
    assertThat(said()).isEqualTo("CRASH\tclick-3 on k3f9");
  }

  @Test
  void at_a_random_moment_it_asks_to_be_killed_and_goes_on_meanwhile() {
    CrashPoint point = at(new Crash(Crash.Place.ANYWHERE, 1));
    point.pass(Crash.Place.DECIDING, delivery(1));
    point.pass(Crash.Place.DECIDING, delivery(2));
    assertThat(said()).isEqualTo("CRASH\tclick-1 on k3f9");
  }

  @Test
  void a_node_without_a_planned_crash_asks_for_nothing() {
    CrashPoint point = CrashPoint.of(Optional.empty(), launcher);
    for (Crash.Place place : Crash.Place.values()) {
      point.pass(place, delivery(1));
    }
    assertThat(said()).isEmpty();
  }

  private CrashPoint at(Crash crash) {
    return CrashPoint.of(Optional.of(crash), launcher);
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8).strip();
  }

  private static Delivery<Click> delivery(int number) {
    return Delivery.builder(new Click("k3f9", "FI"))
        .topic("clicks")
        .key("k3f9")
        .offset(number)
        .messageId(MessageId.of(Traffic.id(number)))
        .build();
  }
}
