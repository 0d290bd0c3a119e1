package org.perille.internal.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;

/**
 * The existing settings and their defaults: the {@code reference.conf} of every library.
 *
 * <p>Unlike {@link ConfigFactory#defaultReference()} it excludes system properties, which an
 * application has set.
 */
public final class Reference {
  private static final Config CONFIG =
      ConfigFactory.parseResources(Reference.class.getClassLoader(), "reference.conf")
          .resolve(ConfigResolveOptions.defaults().setAllowUnresolved(true));

  private Reference() {}

  public static Config config() {
    return CONFIG;
  }
}
