package org.perille.internal.settings;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;

class PerilleSettingsTest {
  @Test
  void text_in_the_place_of_all_settings_is_refused_as_a_wrong_configuration() {
    assertRefused("perille: text", "perille has type STRING rather than OBJECT");
  }

  @Test
  void a_setting_that_does_not_exist_is_refused_by_its_name() {
    assertRefused("perille.publisher.timout = 1 s", "'perille.publisher.timout'");
  }

  @Test
  void a_compression_that_does_not_exist_is_refused() {
    assertRefused("perille.compression.type = snappy", "'perille.compression.type' is snappy");
    assertRefused(
        "perille.compression.topics { orders = gzip }",
        "'perille.compression.topics.\"orders\"' is gzip");
    assertRefused(
        "perille.compression.topics { audit.log = lz4 }", "topic that contains dots into quotes");
  }

  /** Requires the errors to be found before the storage is used. */
  private static void assertRefused(String application, String words) {
    Config config = ConfigFactory.parseString(application).withFallback(Reference.config());
    assertThatThrownBy(() -> PerilleSettings.of(config, null, "node"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(words);
  }
}
