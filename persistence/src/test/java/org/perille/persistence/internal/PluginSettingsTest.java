package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PluginSettingsTest {
  @Test
  void what_an_application_sets_for_its_own_journal_means_nothing_for_perille() {
    Config own =
        ConfigFactory.parseString(
            """
            jdbc-journal {
              dao = "com.example.Dao"
              tables.event_journal { schemaName = "shop", columnNames.writer = "author" }
              replay-filter.mode = off
              batchSize = 1
              circuit-breaker.call-timeout = 1s
            }
            jdbc-snapshot-store { dao = "com.example.Snapshots", snapshot-is-optional = true }
            jdbc-read-journal { dao = "com.example.Reader", tables.event_journal.schemaName = "shop" }
            pekko-persistence-jdbc.tagSeparator = ";"
            pekko.persistence {
              journal-plugin-fallback.replay-filter.window-size = 7
              snapshot-store-plugin-fallback.snapshot-is-optional = true
            }
            """);
    assertThat(ConfigFactory.load(own).getConfig("perille"))
        .isEqualTo(ConfigFactory.load(ConfigFactory.empty()).getConfig("perille"));
  }

  /** A setting that Perille doesn't set would come from the application. */
  @ParameterizedTest
  @CsvSource({
    "journal, jdbc-journal",
    "snapshot, jdbc-snapshot-store",
    "read-journal, jdbc-read-journal",
    "journal, pekko.persistence.journal-plugin-fallback",
    "snapshot, pekko.persistence.snapshot-store-plugin-fallback"
  })
  void perilles_plugins_have_all_that_the_plugins_have(String own, String plugin) {
    for (String storage : Set.of("h2", "postgresql")) {
      Set<String> names = names(plugin);
      names.removeAll(names("perille.storage." + storage + "." + own));
      // Each of them uses the shared database, and none of its own.
      names.removeIf(name -> name.startsWith("slick."));
      assertThat(names).isEmpty();
    }
  }

  private static Set<String> names(String path) {
    Set<String> names = new TreeSet<>();
    ConfigFactory.load().getConfig(path).entrySet().forEach(entry -> names.add(entry.getKey()));
    return names;
  }
}
