package org.perille.proof.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Short endurance runs without growth.
 *
 * <p>They are in the slow suite, because their cost on an idle machine isn't known.
 */
@Tag("slow")
class SoakTest {
  private static final int ROUNDS = 12;
  private static final int MESSAGES = 200;

  @Test
  void nothing_grows_in_a_long_life_on_h2(@TempDir Path directory) throws Exception {
    live(Storage.h2(directory));
  }

  @Test
  void nothing_grows_in_a_long_life_on_postgresql() throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.start()) {
      live(Storage.postgresql(server));
    }
  }

  private static void live(Storage storage) throws Exception {
    try (Soak soak = new Soak(storage, MESSAGES)) {
      for (int i = 0; i < ROUNDS; i++) {
        Sample unused = soak.round();
      }
      assertThat(Trend.growing(soak.samples())).as("%s", soak.samples()).isEmpty();
    }
  }
}
