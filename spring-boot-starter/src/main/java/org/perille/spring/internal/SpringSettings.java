package org.perille.spring.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.perille.ConfigurationException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Perille's configuration from that of Spring.
 *
 * <p>Settings below {@code perille} are found by Spring's relaxed rules in all its sources, such as
 * {@code application.yml} and environment variables. Settings below {@code pekko} are passed on as
 * they are. Both take precedence over {@code application.conf}.
 */
final class SpringSettings {
  private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("perille");
  private static final String PEKKO = "pekko.";

  /** A part of a property's name: in brackets, or up to the next dot or bracket. */
  private static final Pattern PART = Pattern.compile("\\[([^\\]]*)\\]|([^.\\[\\]]+)");

  /** Spring stops the node when it closes its context, and has a hook of its own for that. */
  private static final Config DEFAULTS =
      ConfigFactory.parseString(
          "perille.cluster.stop-on-jvm-exit = off", origin("perille-spring-boot-starter"));

  private final ConfigurableEnvironment environment;

  private SpringSettings(ConfigurableEnvironment environment) {
    this.environment = environment;
  }

  private static com.typesafe.config.ConfigParseOptions origin(String description) {
    return com.typesafe.config.ConfigParseOptions.defaults().setOriginDescription(description);
  }

  /**
   * Returns what the application has set, without Perille's defaults. It isn't resolved.
   *
   * @throws ConfigurationException if a setting below {@code perille} doesn't exist
   */
  static Config of(ConfigurableEnvironment environment, ClassLoader loader) {
    SpringSettings settings = new SpringSettings(environment);
    settings.refuseUnknown();
    return settings
        .pekko(settings.perille())
        .withFallback(ConfigFactory.defaultOverrides(loader))
        .withFallback(ConfigFactory.defaultApplication(loader))
        .withFallback(DEFAULTS)
        .withoutPath("perille.spring");
  }

  /** Adds the defaults of all libraries, and resolves references. */
  static Config complete(Config given, ClassLoader loader) {
    return given.withFallback(ConfigFactory.defaultReferenceUnresolved(loader)).resolve();
  }

  private Config perille() {
    Config config = ConfigFactory.empty();
    for (Map.Entry<String, ConfigValue> known : KnownSettings.defaultsByPath().entrySet()) {
      Optional<ConfigurationProperty> property = find(known.getKey());
      if (property.isPresent()) {
        String text = SettingText.of(resolved(property.get()), known.getValue().unwrapped());
        config =
            config.withValue(
                known.getKey(), ConfigValueFactory.fromAnyRef(text, origin(property.get())));
      }
    }
    return config;
  }

  private Optional<ConfigurationProperty> find(String path) {
    if (!ConfigurationPropertyName.isValid(path)) {
      return Optional.empty();
    }
    ConfigurationPropertyName name = ConfigurationPropertyName.of(path);
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      ConfigurationProperty property = source.getConfigurationProperty(name);
      if (property != null) {
        return Optional.of(property);
      }
    }
    return Optional.empty();
  }

  private Object resolved(ConfigurationProperty property) {
    return property.getValue() instanceof CharSequence text
        ? environment.resolveRequiredPlaceholders(text.toString())
        : property.getValue();
  }

  private static String origin(ConfigurationProperty property) {
    return property.getOrigin() == null
        ? property.getName().toString()
        : property.getOrigin().toString();
  }

  /**
   * Refuses settings that don't exist. Environment variables are left alone: Kubernetes defines
   * {@code PERILLE_PORT} and others for a service of that name.
   */
  private void refuseUnknown() {
    Set<ConfigurationPropertyName> known = new HashSet<>();
    KnownSettings.defaultsByPath().keySet().stream()
        .filter(ConfigurationPropertyName::isValid)
        .forEach(path -> known.add(ConfigurationPropertyName.of(path)));
    KnownSettings.OWN.forEach(path -> known.add(ConfigurationPropertyName.of(path)));
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source instanceof IterableConfigurationPropertySource names
          && !(source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource)) {
        for (ConfigurationPropertyName name : names) {
          if (ROOT.isAncestorOf(name)
              && !known.contains(name)
              && !KnownSettings.isOfPlugin(name.toString())) {
            throw unknown(source.getConfigurationProperty(name), name);
          }
        }
      }
    }
  }

  private static ConfigurationException unknown(
      ConfigurationProperty property, ConfigurationPropertyName name) {
    return new ConfigurationException(
        "'%s'%s is not a setting of Perille. The most similar one is '%s'"
            .formatted(
                name,
                property == null ? "" : " (" + origin(property) + ")",
                KnownSettings.nearestTo(name.toString().toLowerCase(Locale.ROOT))));
  }

  /** Adds the settings below {@code pekko} of all sources that can list theirs. */
  private Config pekko(Config config) {
    Set<String> names = new TreeSet<>();
    for (PropertySource<?> source : environment.getPropertySources()) {
      if (source instanceof EnumerablePropertySource<?> listed
          && !(source instanceof SystemEnvironmentPropertySource)) {
        for (String name : listed.getPropertyNames()) {
          if (name.startsWith(PEKKO)) {
            names.add(name);
          }
        }
      }
    }
    Config result = config;
    for (String name : names) {
      String value = environment.getProperty(name);
      if (value != null) {
        result = result.withValue(path(name), ConfigValueFactory.fromAnyRef(value, name));
      }
    }
    return result;
  }

  /**
   * Returns the path of a property. The elements of a list become an object with numbers as keys,
   * which the library reads as a list.
   */
  static String path(String property) {
    List<String> parts = new ArrayList<>();
    Matcher part = PART.matcher(property);
    while (part.find()) {
      parts.add(part.group(1) == null ? part.group(2) : part.group(1));
    }
    return ConfigUtil.joinPath(parts);
  }
}
