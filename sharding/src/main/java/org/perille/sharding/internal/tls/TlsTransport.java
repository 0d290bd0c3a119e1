package org.perille.sharding.internal.tls;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import java.time.Instant;
import java.util.Map;
import org.perille.ConfigurationException;
import org.perille.internal.settings.Reference;

/** The settings of Artery that follow from {@code perille.cluster.tls}. */
public final class TlsTransport {
  private static final String TRANSPORT = "pekko.remote.artery.transport";
  private static final String PROVIDER = "pekko.remote.artery.ssl.ssl-engine-provider";
  private static final String STORES = "pekko.remote.artery.ssl.config-ssl-engine";
  private static final String PLAINTEXT = "perille.cluster.allow-plaintext";

  private static final Config SETTINGS =
      ConfigFactory.parseMap(
          Map.of(TRANSPORT, "tls-tcp", PROVIDER, PemEngineProvider.class.getName()));

  private TlsTransport() {}

  /**
   * Returns the configuration with the settings of Artery, where the application has left Pekko's
   * default.
   */
  public static Config complete(Config config) {
    if (TlsSettings.of(config).isEmpty()) {
      return config;
    }
    Config completed = config;
    for (Map.Entry<String, ConfigValue> setting : SETTINGS.entrySet()) {
      String path = setting.getKey();
      if (config.getValue(path).equals(Reference.config().getValue(path))) {
        completed = completed.withValue(path, setting.getValue());
      }
    }
    return completed;
  }

  /**
   * Checks the files, and that nothing contradicts them.
   *
   * @throws ConfigurationException if the node couldn't be reached, or would be less safe than its
   *     settings say
   */
  public static void check(Config config) {
    TlsSettings.of(config)
        .ifPresent(
            settings -> {
              checkOthers(config);
              NodeCertificates.read(settings, Instant.now());
            });
  }

  private static void checkOthers(Config config) {
    for (Map.Entry<String, ConfigValue> setting : SETTINGS.entrySet()) {
      String path = setting.getKey();
      if (!config.getValue(path).unwrapped().equals(setting.getValue().unwrapped())) {
        throw new ConfigurationException(
            "'%s' is '%s', which contradicts %s: remove one of them (an application with an actor system of its own sets it to '%s')"
                .formatted(
                    path,
                    config.getValue(path).unwrapped(),
                    TlsSettings.PATH,
                    setting.getValue().unwrapped()));
      }
    }
    if (config.getBoolean(PLAINTEXT)) {
      throw new ConfigurationException(
          "'%s' is on, which contradicts %s: remove it; connections between nodes are encrypted"
              .formatted(PLAINTEXT, TlsSettings.PATH));
    }
    if (!config.getValue(STORES).equals(Reference.config().getValue(STORES))) {
      throw new ConfigurationException(
          "'%s' has no effect beside %s: remove one of them".formatted(STORES, TlsSettings.PATH));
    }
  }
}
