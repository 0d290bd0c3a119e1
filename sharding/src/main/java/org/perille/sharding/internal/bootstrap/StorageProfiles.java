package org.perille.sharding.internal.bootstrap;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.perille.ConfigurationException;
import org.perille.spi.StorageProfile;

/** Finds the storages on the class path. */
final class StorageProfiles {
  private static final String SERVICE = "META-INF/services/org.perille.spi.StorageProfile";

  /** A class that is present if perille-persistence is. */
  private static final String PERSISTENCE = "org/perille/persistence/JdbcHandler.class";

  private StorageProfiles() {}

  /** Returns the storages by name. */
  static Map<String, StorageProfile> find() {
    Map<String, StorageProfile> profiles = new HashMap<>();
    try {
      Iterator<StorageProfile> all = ServiceLoader.load(StorageProfile.class).iterator();
      while (all.hasNext()) {
        StorageProfile profile = all.next();
        profiles.put(profile.name(), profile);
      }
    } catch (ServiceConfigurationError e) {
      throw new ConfigurationException(
          "a storage that %s names can't be loaded: %s".formatted(SERVICE, e.getMessage()), e);
    }
    if (profiles.isEmpty()) {
      throw new ConfigurationException(
          explain(StorageProfiles.class.getClassLoader().getResource(PERSISTENCE) != null));
    }
    return profiles;
  }

  /** Explains why no storage was found. */
  static String explain(boolean persistenceIsThere) {
    return persistenceIsThere
        ? "perille-persistence is on the class path, and %s is not: if the application is one shaded jar, merge the files of META-INF/services (maven-shade-plugin: ServicesResourceTransformer; and AppendingTransformer with <resource>reference.conf</resource>)"
            .formatted(SERVICE)
        : "no storage is on the class path: add org.perille:perille-persistence";
  }
}
