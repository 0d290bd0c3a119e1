package org.perille.spring.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;

class StorageChoiceTest {
  private static final StorageChoice.Database POSTGRESQL =
      new StorageChoice.Database("PostgreSQL", "jdbc:postgresql://db/shop");
  private static final StorageChoice.Database H2 =
      new StorageChoice.Database("H2", "jdbc:h2:file:/var/shop");
  private static final StorageChoice.Database MEMORY =
      new StorageChoice.Database("H2", "jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1");

  private static StorageChoice choose(
      StorageMode mode, String given, StorageChoice.Database database) {
    return StorageChoice.of(mode, ConfigFactory.parseString(given), Optional.ofNullable(database));
  }

  @Test
  void a_datasource_of_postgresql_is_used_by_default() {
    StorageChoice choice = choose(StorageMode.AUTO, "", POSTGRESQL);
    assertThat(choice.lent()).isTrue();
    assertThat(choice.settings().getString("perille.storage.profile")).isEqualTo("postgresql");
  }

  @Test
  void perille_s_own_storage_is_used_if_it_has_an_address_or_another_profile() {
    assertThat(choose(StorageMode.AUTO, "perille.storage.profile = h2", POSTGRESQL).lent())
        .isFalse();
    assertThat(
            choose(
                    StorageMode.AUTO,
                    "perille.storage { profile = postgresql, postgresql.url = \"jdbc:postgresql://own\" }",
                    POSTGRESQL)
                .lent())
        .isFalse();
    assertThat(choose(StorageMode.OWN, "", POSTGRESQL).lent()).isFalse();
    assertThat(choose(StorageMode.AUTO, "", null).lent()).isFalse();
    assertThat(choose(StorageMode.AUTO, "", H2).lent()).isFalse();
  }

  @Test
  void the_profile_alone_uses_the_application_s_connections() {
    assertThat(choose(StorageMode.AUTO, "perille.storage.profile = postgresql", POSTGRESQL).lent())
        .isTrue();
    assertThat(choose(StorageMode.AUTO, "perille.storage.profile = postgresql", H2).lent())
        .isFalse();
  }

  @Test
  void messages_are_in_memory_if_the_application_s_tables_are() {
    StorageChoice choice = choose(StorageMode.AUTO, "", MEMORY);
    assertThat(choice.memory()).contains("perille-shop");
    assertThat(choice.settings().getString("perille.storage.h2.directory"))
        .isEqualTo("mem:perille-shop");
    assertThat(choice.settings().getString("perille.storage.h2.sync")).isEqualTo("off");
    assertThat(choose(StorageMode.AUTO, "perille.storage.h2.directory = messages", MEMORY).memory())
        .isEmpty();
  }

  @Test
  void an_address_that_would_have_no_effect_is_refused() {
    assertThatThrownBy(
            () ->
                choose(
                    StorageMode.AUTO,
                    "perille.storage.postgresql.url = \"jdbc:postgresql://own\"",
                    null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("and 'perille.storage.profile' isn't");
  }

  @Test
  void what_the_application_s_database_can_t_do_is_refused() {
    assertThatThrownBy(() -> choose(StorageMode.APPLICATION, "", null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("@PerilleDataSource");
    assertThatThrownBy(() -> choose(StorageMode.APPLICATION, "", H2))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("connects to H2");
    assertThatThrownBy(
            () -> choose(StorageMode.APPLICATION, "perille.storage.profile = h2", POSTGRESQL))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("remove the profile");
  }
}
