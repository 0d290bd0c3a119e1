package org.perille.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.PipedInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class KeyInputTest {
  @Test
  void lines_come_in_their_order_and_then_the_input_has_ended() {
    KeyInput keys =
        KeyInput.of(new ByteArrayInputStream("+\nk2\n-".getBytes(StandardCharsets.UTF_8)));
    assertThat(await().until(keys::next, line -> line.isPresent())).contains("+");
    assertThat(keys.hasEnded()).isFalse();
    assertThat(await().until(keys::next, line -> line.isPresent())).contains("k2");
    assertThat(await().until(keys::next, line -> line.isPresent())).contains("-");
    await().until(keys::hasEnded);
    assertThat(keys.next()).isEmpty();
  }

  @Test
  void an_input_that_is_closed_has_no_keys() {
    // A pipe that isn't connected refuses to be read.
    KeyInput keys = KeyInput.of(new PipedInputStream());
    await().until(keys::hasEnded);
    assertThat(keys.next()).isEmpty();
  }
}
