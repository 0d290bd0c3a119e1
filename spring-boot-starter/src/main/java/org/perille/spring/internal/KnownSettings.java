package org.perille.spring.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perille.internal.settings.Reference;

/** The settings below {@code perille}: those of Perille's reference.conf, and the starter's own. */
final class KnownSettings {
  /** Turns the auto-configuration off. */
  static final String ENABLED = "perille.spring.enabled";

  /** Chooses whose connections the storage uses. */
  static final String STORAGE = "perille.spring.storage";

  /** Turns the outbox in transactions of Spring on. */
  static final String OUTBOX = "perille.spring.outbox";

  /** Turns topics as targets of Spring Modulith's events off. */
  static final String MODULITH = "perille.spring.modulith";

  /** The starter's own settings. They aren't passed on. */
  static final Set<String> OWN = Set.of(ENABLED, STORAGE, OUTBOX, MODULITH);

  /** The settings of the database plugins, which aren't meant to be changed. */
  private static final List<String> PLUGINS =
      List.of(
          "perille.storage.plugin.",
          "perille.storage.h2.journal.",
          "perille.storage.h2.snapshot.",
          "perille.storage.h2.read-journal.",
          "perille.storage.postgresql.journal.",
          "perille.storage.postgresql.snapshot.",
          "perille.storage.postgresql.read-journal.");

  /** Settings that only Perille sets. */
  private static final Set<String> INTERNAL =
      Set.of("perille.storage.postgresql.data-source", "perille.cluster.lease.lease-class");

  private static final Map<String, ConfigValue> DEFAULTS = defaults();

  private KnownSettings() {}

  private static Map<String, ConfigValue> defaults() {
    Config perille = Reference.config().getConfig("perille");
    Map<String, ConfigValue> defaults = new TreeMap<>();
    perille
        .entrySet()
        .forEach(entry -> defaults.put("perille." + entry.getKey(), entry.getValue()));
    return defaults;
  }

  /** Returns the settings with their defaults, by path, those of the database plugins included. */
  static Map<String, ConfigValue> defaultsByPath() {
    return DEFAULTS;
  }

  /** Returns whether a path is one of the database plugins' settings. */
  static boolean isOfPlugin(String path) {
    return PLUGINS.stream().anyMatch(path::startsWith);
  }

  /** Returns the paths that an application may set, in order. */
  static Set<String> paths() {
    return Stream.concat(DEFAULTS.keySet().stream(), OWN.stream())
        .filter(path -> !isOfPlugin(path) && !INTERNAL.contains(path))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Returns the path that is most similar to one that doesn't exist. */
  static String nearestTo(String unknown) {
    String nearest = ENABLED;
    int least = Integer.MAX_VALUE;
    for (String path : paths()) {
      int distance = distance(unknown, path);
      if (distance < least) {
        least = distance;
        nearest = path;
      }
    }
    return nearest;
  }

  /** Returns the number of characters to insert, remove or replace. */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[other.length()];
  }
}
