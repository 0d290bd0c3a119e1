package org.perille.sharding.internal.tls;

import com.typesafe.config.Config;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.perille.ConfigurationException;

/**
 * The settings of {@code perille.cluster.tls}.
 *
 * @param certificate the file with the certificate of this node, and those that lead to an
 *     authority
 * @param key the file with the private key of the certificate
 * @param trusted the file with the certificates of the authorities that are trusted
 * @param sharedName the name that the certificates of all nodes have, if it is set
 * @param host the host of this node's address
 * @param reloadInterval the time between two checks of the files
 */
record TlsSettings(
    Path certificate,
    Path key,
    Path trusted,
    Optional<String> sharedName,
    String host,
    Duration reloadInterval) {
  static final String PATH = "perille.cluster.tls";
  static final String CERTIFICATE = PATH + ".certificate";
  static final String KEY = PATH + ".key";
  static final String TRUSTED = PATH + ".trusted";
  static final String SHARED_NAME = PATH + ".shared-name";
  static final String HOSTNAME = "pekko.remote.artery.canonical.hostname";

  private static final String RELOAD_INTERVAL = PATH + ".reload-interval";
  private static final List<String> FILES = List.of(CERTIFICATE, KEY, TRUSTED);

  /** Returns the settings, or nothing if no file is set. */
  static Optional<TlsSettings> of(Config config) {
    List<String> missing = FILES.stream().filter(path -> config.getString(path).isEmpty()).toList();
    String sharedName = config.getString(SHARED_NAME);
    if (missing.size() == FILES.size() && sharedName.isEmpty()) {
      return Optional.empty();
    }
    if (!missing.isEmpty()) {
      throw new ConfigurationException(
          "not set: '%s'. %s needs the files certificate, key and trusted, or none of its settings"
              .formatted(String.join("', '", missing), PATH));
    }
    Duration interval = config.getDuration(RELOAD_INTERVAL);
    if (interval.compareTo(Duration.ofMillis(100)) < 0
        || interval.compareTo(Duration.ofDays(1)) > 0) {
      throw new ConfigurationException(
          "'%s' is %s: use 100 ms to 1 d"
              .formatted(RELOAD_INTERVAL, config.getValue(RELOAD_INTERVAL).unwrapped()));
    }
    return Optional.of(
        new TlsSettings(
            Path.of(config.getString(CERTIFICATE)),
            Path.of(config.getString(KEY)),
            Path.of(config.getString(TRUSTED)),
            Optional.of(sharedName).filter(name -> !name.isEmpty()),
            host(config),
            interval));
  }

  private static String host(Config config) {
    String host = config.getString(HOSTNAME);
    try {
      // As Artery resolves them.
      return switch (host) {
        case "<getHostAddress>" -> InetAddress.getLocalHost().getHostAddress();
        case "<getHostName>" -> InetAddress.getLocalHost().getHostName();
        default -> host;
      };
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          "'%s' is '%s', and this machine doesn't know its own address (%s): set it to a name or an address"
              .formatted(HOSTNAME, host, e.getMessage()),
          e);
    }
  }

  /** Returns the name that the certificate of this node must have. */
  String expectedName() {
    return sharedName.orElse(host);
  }
}
