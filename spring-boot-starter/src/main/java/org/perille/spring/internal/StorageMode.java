package org.perille.spring.internal;

import java.util.Arrays;
import java.util.Locale;
import org.perille.ConfigurationException;

/** The values of {@code perille.spring.storage}. */
enum StorageMode {
  /** The application's {@code DataSource} if it is one of PostgreSQL and nothing else is set. */
  AUTO,
  /** The application's {@code DataSource}. */
  APPLICATION,
  /** The database of {@code perille.storage}, alone. */
  OWN;

  /**
   * Returns the mode of a text, in upper or lower case.
   *
   * @throws ConfigurationException if there is none
   */
  static StorageMode of(String text) {
    return Arrays.stream(values())
        .filter(mode -> mode.name().equals(text.trim().toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "'%s' is '%s': use auto, application or own"
                        .formatted(KnownSettings.STORAGE, text)));
  }
}
