package org.perille.sharding.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.ConfigurationException;

class TlsTransportTest {
  @TempDir Path directory;
  private String three;

  @BeforeEach
  void write() {
    TestAuthority authority = TestAuthority.create("cluster");
    three = TestAuthority.files(directory, authority.issue("shop1.example"), authority);
  }

  private Config completed(String... settings) {
    return TlsTransport.complete(
        ConfigFactory.load(
            ConfigFactory.parseString(
                three
                    + "pekko.remote.artery.canonical.hostname = shop1.example\n"
                    + String.join("\n", settings))));
  }

  @Test
  void three_files_are_all_that_tls_needs() {
    Config config = completed();
    assertThat(config.getString("pekko.remote.artery.transport")).isEqualTo("tls-tcp");
    assertThat(config.getString("pekko.remote.artery.ssl.ssl-engine-provider"))
        .isEqualTo(PemEngineProvider.class.getName());
    assertThatCode(() -> TlsTransport.check(config)).doesNotThrowAnyException();
  }

  @Test
  void without_files_nothing_changes() {
    three = "";
    Config config = completed();
    assertThat(config.getString("pekko.remote.artery.transport")).isEqualTo("tcp");
    assertThatCode(() -> TlsTransport.check(config)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "perille.cluster.allow-plaintext = on",
        "pekko.remote.artery.transport = aeron-udp",
        "pekko.remote.artery.ssl.ssl-engine-provider = org.example.Own",
        "pekko.remote.artery.ssl.config-ssl-engine.key-store = own.jks"
      })
  void settings_that_contradict_it_are_refused(String setting) {
    Config config = completed(setting);
    assertThatThrownBy(() -> TlsTransport.check(config))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("perille.cluster.tls")
        .hasMessageContaining(setting.replaceFirst("(\\.key-store)? = .*", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "perille.cluster.tls.key = \"\"",
        "perille.cluster.tls.trusted = \"\"",
        "perille.cluster.tls.reload-interval = 1ms"
      })
  void settings_that_are_missing_or_out_of_range_are_named(String setting) {
    assertThatThrownBy(() -> completed(setting))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(setting.replaceFirst(" = .*", ""));
  }

  @Test
  void the_address_of_the_node_must_be_in_its_certificate() {
    Config config = completed("pekko.remote.artery.canonical.hostname = shop2.example");
    assertThatThrownBy(() -> TlsTransport.check(config)).hasMessageContaining("shop2.example");
  }
}
