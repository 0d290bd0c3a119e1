package org.perille.persistence.internal;

import com.typesafe.config.Config;
import org.perille.ConfigurationException;

/** The permission of Perille to create and change tables: {@code perille.storage.schema}. */
public enum SchemaMode {
  MIGRATE,
  VALIDATE;

  public static SchemaMode of(Config config) {
    String mode = config.getString("perille.storage.schema");
    return switch (mode) {
      case "migrate" -> MIGRATE;
      case "validate" -> VALIDATE;
      default ->
          throw new ConfigurationException(
              "'perille.storage.schema' is '" + mode + "': use migrate or validate");
    };
  }

  public boolean mayChange() {
    return this == MIGRATE;
  }
}
