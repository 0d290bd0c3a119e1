package org.perille.sharding.internal.tls;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.perille.ConfigurationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates that new connections use, and their replacement while the node runs.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class CertificatesInUse {
  private static final Logger LOG = LoggerFactory.getLogger(CertificatesInUse.class);

  /** An automatic renewal, if there is one, has happened long before. */
  private static final Duration WARN_BEFORE = Duration.ofDays(14);

  private final TlsSettings settings;
  private NodeCertificates certificates;
  private volatile TlsContext context;
  private Optional<String> logged = Optional.empty();

  /**
   * Reads the files for the first time.
   *
   * @throws ConfigurationException if they can't be used
   */
  CertificatesInUse(TlsSettings settings, Instant now) {
    this.settings = settings;
    this.certificates = NodeCertificates.read(settings, now);
    this.context = TlsContext.of(certificates, settings.sharedName());
    LOG.info(
        "Connections between nodes use TLS, with the {}, and trust {}; replaced files are used after at most {}",
        certificates.describe(),
        certificates.authorities(),
        settings.reloadInterval());
  }

  /** Returns the context for a new connection. */
  TlsContext context() {
    return context;
  }

  /**
   * Reads the files again. If they can't be used, the former contents remain in use.
   *
   * @return the problem that an operator has to solve, if there is one
   */
  synchronized Optional<String> refresh(Instant now) {
    Optional<String> problem = expiry(now);
    try {
      NodeCertificates read = NodeCertificates.parse(settings, now);
      if (!read.equals(certificates)) {
        read.requireAccepted(settings);
        context = TlsContext.of(read, settings.sharedName());
        certificates = read;
        problem = expiry(now);
        LOG.info(
            "New connections between nodes use the {}, and trust {}",
            certificates.describe(),
            certificates.authorities());
      }
      log(problem, false);
    } catch (ConfigurationException e) {
      problem = Optional.of(e.getMessage());
      log(problem, true);
    }
    return problem;
  }

  private Optional<String> expiry(Instant now) {
    return certificates.expires().isAfter(now.plus(WARN_BEFORE))
        ? Optional.empty()
        : Optional.of(
            "'%s' is '%s': it expires at %s, and other nodes refuse this one from then on: replace it"
                .formatted(
                    TlsSettings.CERTIFICATE, settings.certificate(), certificates.expires()));
  }

  /** Logs a problem when it is new, not at each check. */
  private void log(Optional<String> problem, boolean unusable) {
    if (problem.isPresent() && !problem.equals(logged)) {
      if (unusable) {
        LOG.error("{} (new connections use the former {})", problem.get(), certificates.describe());
      } else {
        LOG.warn("{}", problem.get());
      }
    }
    logged = problem;
  }
}
