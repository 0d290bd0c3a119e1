package org.perille.proof.fuzz;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.perille.ConfigurationException;
import org.perille.internal.settings.PerilleSettings;
import org.perille.internal.settings.Reference;
import org.perille.spi.StorageProfile;

/**
 * The content of {@code application.conf}: valid HOCON is accepted, or refused with {@link
 * ConfigurationException}.
 *
 * <p>An input is HOCON.
 */
final class SettingsTarget implements FuzzTarget {
  private static final List<StorageProfile> STORAGES =
      ServiceLoader.load(StorageProfile.class).stream().map(ServiceLoader.Provider::get).toList();

  private static final Config REFERENCE = Reference.config();

  /** An includer that reads nothing outside of the input, neither a file nor an address. */
  private static final class NoIncludes implements ConfigIncluder {
    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
      return ConfigFactory.empty().root();
    }
  }

  @Override
  public String name() {
    return "settings";
  }

  @Override
  public List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    REFERENCE
        .getConfig("perille")
        .entrySet()
        .forEach(
            setting -> {
              for (String value :
                  List.of(
                      setting.getValue().render(), "1", "-1", "1e30", "[]", "9999999999 days")) {
                seeds.add(
                    "perille.%s = %s"
                        .formatted(setting.getKey(), value)
                        .getBytes(StandardCharsets.UTF_8));
              }
            });
    return seeds;
  }

  @Override
  public int mutations() {
    return 200;
  }

  @Override
  public void accept(byte[] input) {
    Config config;
    try {
      config =
          ConfigFactory.parseString(
                  new String(input, StandardCharsets.UTF_8),
                  ConfigParseOptions.defaults().setIncluder(new NoIncludes()))
              .resolveWith(REFERENCE, ConfigResolveOptions.noSystem().setAllowUnresolved(true))
              .withFallback(REFERENCE);
    } catch (ConfigException | StackOverflowError e) {
      // Not HOCON. The library refuses it before Perille reads it, or overflows its stack.
      return;
    }
    for (StorageProfile storage : STORAGES) {
      try {
        PerilleSettings unused = PerilleSettings.of(config, storage, "node");
        Config unusedToo = storage.pluginSettings(config);
      } catch (ConfigurationException e) {
        // The settings are refused.
      }
    }
  }
}
