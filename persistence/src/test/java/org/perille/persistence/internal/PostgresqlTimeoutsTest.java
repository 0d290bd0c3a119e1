package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.ConfigurationException;

class PostgresqlTimeoutsTest {
  private static final String TIMEOUTS = "perille.storage.postgresql.timeouts.";

  private static Config with(String setting, String value) {
    return ConfigFactory.load(ConfigFactory.parseString(setting + " = \"" + value + "\""));
  }

  private static Config pluginSettings(Config config) {
    return new PostgresqlStorage().pluginSettings(config);
  }

  @Test
  void the_pool_gets_them_as_the_configuration_has_them() {
    Config config = with(TIMEOUTS + "lock", "9 s");
    Config pool =
        pluginSettings(config)
            .getConfig("pekko-persistence-jdbc.shared-databases.perille-postgresql.db.properties");
    assertThat(pool.getString("lock")).isEqualTo("9 s");
    assertThat(
            config.getString(
                "pekko-persistence-jdbc.shared-databases.perille-postgresql.db.properties.lock"))
        .isEqualTo("9 s");
  }

  @ParameterizedTest
  @CsvSource({
    "timeouts.idle-in-transaction, 10s, timeouts.lock",
    "timeouts.lock, 16s, timeouts.statement",
    "timeouts.statement, 18s, timeouts.answer",
    "timeouts.answer, 25s, call-timeout"
  })
  void one_that_hides_the_next_is_refused_with_both(String setting, String value, String next) {
    assertThatThrownBy(() -> pluginSettings(with("perille.storage.postgresql." + setting, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(setting)
        .hasMessageContaining(next);
  }

  @Test
  void one_that_is_off_hides_nothing() {
    Config settings = pluginSettings(with(TIMEOUTS + "lock", "off"));
    assertThat(settings.isEmpty()).isFalse();
    assertThat(PostgresqlTimeouts.parse("off")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"99ms", "61 minutes", "-1s", "soon"})
  void one_that_is_out_of_range_is_refused_with_the_range(String value) {
    assertThatThrownBy(() -> pluginSettings(with(TIMEOUTS + "network", value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'network' is " + value)
        .hasMessageContaining("100 ms to 1 h");
  }
}
