package org.perille;

import java.util.Iterator;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.perille.spi.Engine;
import org.perille.spi.OutboxProvider;

/** Finds the engine, and what implements outboxes, on the class path. */
final class Engines {
  private static final String SERVICE = "META-INF/services/org.perille.spi.Engine";

  /** A class that is present if perille-sharding is. */
  private static final String SHARDING =
      "org/perille/sharding/internal/bootstrap/ClusterEngine.class";

  private Engines() {}

  /**
   * Returns the engine.
   *
   * @throws ConfigurationException if there is none, or it can't be loaded
   */
  static Engine find() {
    return find(
        Objects.requireNonNullElse(
            Thread.currentThread().getContextClassLoader(), Engines.class.getClassLoader()));
  }

  static Engine find(ClassLoader loader) {
    try {
      Iterator<Engine> engines = ServiceLoader.load(Engine.class, loader).iterator();
      if (engines.hasNext()) {
        return engines.next();
      }
    } catch (ServiceConfigurationError e) {
      throw new ConfigurationException(
          "the engine that %s names can't be loaded: %s".formatted(SERVICE, e.getMessage()), e);
    }
    throw new ConfigurationException(
        loader.getResource(SHARDING) == null
            ? "no engine is on the class path: add org.perille:perille-sharding"
            : "perille-sharding is on the class path, and %s is not: if the application is one shaded jar, merge the files of META-INF/services (maven-shade-plugin: ServicesResourceTransformer)"
                .formatted(SERVICE));
  }

  /**
   * Returns the provider of outboxes.
   *
   * @throws ConfigurationException if there is none, or it can't be loaded
   */
  static OutboxProvider outboxes() {
    try {
      return ServiceLoader.load(
              OutboxProvider.class,
              Objects.requireNonNullElse(
                  Thread.currentThread().getContextClassLoader(), Engines.class.getClassLoader()))
          .findFirst()
          .orElseThrow(
              () ->
                  new ConfigurationException(
                      "no provider of outboxes is on the class path: add org.perille:perille-persistence. If the application is one shaded jar, merge the files of META-INF/services (maven-shade-plugin: ServicesResourceTransformer)"));
    } catch (ServiceConfigurationError e) {
      throw new ConfigurationException(
          "the provider of outboxes can't be loaded: " + e.getMessage(), e);
    }
  }
}
