package org.perille.spring.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

class SpringSettingsTest {
  private static final ClassLoader LOADER = SpringSettingsTest.class.getClassLoader();

  private final StandardEnvironment environment = new StandardEnvironment();

  private void yaml(String text) throws Exception {
    List<PropertySource<?>> sources =
        new YamlPropertySourceLoader()
            .load("application.yml", new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8)));
    sources.forEach(environment.getPropertySources()::addLast);
  }

  private void variables(Map<String, Object> variables) {
    environment
        .getPropertySources()
        .addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", variables));
  }

  private Config read() {
    return SpringSettings.complete(SpringSettings.of(environment, LOADER), LOADER);
  }

  @Test
  void settings_of_yaml_reach_perille_and_what_is_derived_from_them() throws Exception {
    yaml(
        """
        directory: somewhere
        perille:
          storage:
            h2:
              directory: ${directory}/else
              sync: off
              connections: 3
          publisher:
            receiptTimeout: 2s
            timeout: PT1M
            buffer_bytes: 1 MiB
        """);
    Config config = read();
    assertThat(config.getString("perille.storage.h2.directory")).isEqualTo("somewhere/else");
    assertThat(config.getBoolean("perille.storage.h2.sync")).isFalse();
    assertThat(config.getInt("perille.storage.h2.connections")).isEqualTo(3);
    assertThat(config.getDuration("perille.publisher.receipt-timeout")).hasSeconds(2);
    assertThat(config.getDuration("perille.publisher.timeout")).hasMinutes(1);
    assertThat(config.getBytes("perille.publisher.buffer-bytes")).isEqualTo(1 << 20);
    assertThat(
            config.getString(
                "pekko-persistence-jdbc.shared-databases.perille-h2.db.properties.directory"))
        .isEqualTo("somewhere/else");
  }

  @Test
  void environment_variables_reach_perille_and_win() throws Exception {
    yaml("perille.storage.profile: h2");
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("PERILLE_STORAGE_PROFILE", "postgresql");
    variables.put("PERILLE_STORAGE_POSTGRESQL_URL", "jdbc:postgresql://db/perille");
    variables.put("PERILLE_CLUSTER_ALLOWPLAINTEXT", "true");
    variables.put("PERILLE_STORAGE_POSTGRESQL_TIMEOUTS_IDLEINTRANSACTION", "false");
    variables(variables);
    Config config = read();
    assertThat(config.getString("perille.storage.profile")).isEqualTo("postgresql");
    assertThat(config.getString("perille.storage.postgresql.url"))
        .isEqualTo("jdbc:postgresql://db/perille");
    assertThat(config.getBoolean("perille.cluster.allow-plaintext")).isTrue();
    assertThat(config.getString("perille.storage.postgresql.timeouts.idle-in-transaction"))
        .isEqualTo("off");
  }

  @Test
  void off_stays_off_where_yaml_makes_it_a_boolean() throws Exception {
    yaml("perille.storage.jdbc-handler.statement: off");
    assertThat(read().getString("perille.storage.jdbc-handler.statement")).isEqualTo("off");
  }

  @Test
  void durations_may_be_objects() {
    environment
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "map", Map.of("perille.publisher.timeout", Duration.ofSeconds(7))));
    assertThat(read().getDuration("perille.publisher.timeout")).hasSeconds(7);
  }

  @Test
  void lists_of_pekko_s_settings_are_lists() throws Exception {
    yaml(
        """
        pekko:
          cluster:
            seed-nodes:
              - pekko://perille@a:1
              - pekko://perille@b:2
          remote.artery.canonical.port: 7000
          actor.serialization-bindings:
            "[org.example.Order]": jackson-json
        """);
    Config config = read();
    assertThat(config.getStringList("pekko.cluster.seed-nodes"))
        .containsExactly("pekko://perille@a:1", "pekko://perille@b:2");
    assertThat(config.getInt("pekko.remote.artery.canonical.port")).isEqualTo(7000);
    assertThat(config.getString("pekko.actor.serialization-bindings.\"org.example.Order\""))
        .isEqualTo("jackson-json");
  }

  @Test
  void an_unknown_setting_is_refused_with_its_place_and_the_most_similar_one() throws Exception {
    yaml(
        """
        perille:
          storage:
            profil: postgresql
        """);
    assertThatThrownBy(this::read)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'perille.storage.profil' (")
        .hasMessageContaining("3:13")
        .hasMessageEndingWith(
            "is not a setting of Perille. The most similar one is 'perille.storage.profile'");
  }

  @Test
  void variables_that_kubernetes_defines_for_a_service_are_no_settings() {
    variables(Map.of("PERILLE_PORT", "tcp://10.0.0.1:80", "PERILLE_SERVICE_HOST", "10.0.0.1"));
    assertThat(read().getString("perille.storage.profile")).isEqualTo("h2");
  }

  @Test
  void the_starter_s_own_settings_are_not_passed_on() throws Exception {
    yaml("perille.spring.storage: own");
    assertThat(read().hasPath("perille.spring")).isFalse();
  }

  @Test
  void the_node_leaves_the_end_of_the_jvm_to_spring() throws Exception {
    assertThat(read().getBoolean("perille.cluster.stop-on-jvm-exit")).isFalse();
    yaml("perille.cluster.stop-on-jvm-exit: on");
    assertThat(read().getBoolean("perille.cluster.stop-on-jvm-exit")).isTrue();
  }
}
