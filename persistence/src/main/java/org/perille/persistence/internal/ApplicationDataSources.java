package org.perille.persistence.internal;

import com.typesafe.config.Config;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.perille.ConfigurationException;

/**
 * The pools that applications of this process have given to nodes.
 *
 * <p>A configuration has only plain values. So it has the number of a pool here. The references are
 * weak: the node holds its pool, and an application that drops both leaves nothing behind.
 */
final class ApplicationDataSources {
  /** The setting, below those of a storage, with the number of a pool. Empty: there is none. */
  static final String PATH = "data-source";

  private static final Map<String, WeakReference<DataSource>> BY_NUMBER = new HashMap<>();
  private static long last;

  private ApplicationDataSources() {}

  /** Returns the number of a pool; always the same one. */
  static synchronized String numberOf(DataSource pool) {
    BY_NUMBER.values().removeIf(known -> known.get() == null);
    for (Map.Entry<String, WeakReference<DataSource>> known : BY_NUMBER.entrySet()) {
      if (known.getValue().get() == pool) {
        return known.getKey();
      }
    }
    String number = String.valueOf(++last);
    BY_NUMBER.put(number, new WeakReference<>(pool));
    return number;
  }

  /**
   * Returns the pool that the settings of a storage refer to.
   *
   * @throws ConfigurationException if it isn't known in this process
   */
  static Optional<DataSource> of(Config storage) {
    String number = storage.getString(PATH);
    return number.isEmpty() ? Optional.empty() : Optional.of(byNumber(number));
  }

  /**
   * Returns the pool of a number.
   *
   * @throws ConfigurationException if it isn't known in this process
   */
  static synchronized DataSource byNumber(String number) {
    WeakReference<DataSource> known = BY_NUMBER.get(number);
    DataSource pool = known == null ? null : known.get();
    if (pool == null) {
      throw new ConfigurationException(
          "'perille.storage.postgresql.data-source' is '%s', which names no DataSource of this process: leave it empty, and pass the DataSource by NodeOptions.none().withDataSource"
              .formatted(number));
    }
    return pool;
  }
}
