package org.perille.sharding.internal.tls;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import org.perille.sharding.internal.tls.PeerVerifier.RefusedCertificate;

/** Explains failures of TLS in words. */
final class TlsFailures {
  private TlsFailures() {}

  /** Returns the reason for a failure, with the certificate that was refused. */
  static String reason(Throwable failure) {
    String reason = cause(failure);
    return refused(failure).map(certificate -> reason + ": " + certificate).orElse(reason);
  }

  private static String cause(Throwable failure) {
    Throwable last = failure;
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof CertificateExpiredException) {
        return "the certificate has expired";
      }
      if (each instanceof CertificateNotYetValidException) {
        return "the certificate is not yet valid";
      }
      last = each;
    }
    String text = String.valueOf(last.getMessage());
    if (last instanceof CertPathBuilderException
        || (last instanceof CertPathValidatorException && text.contains("trust anchor"))) {
      return "no authority of '%s' has issued the certificate".formatted(TlsSettings.TRUSTED);
    }
    if (text.equals("Empty client certificate chain")) {
      return "the other side has no certificate";
    }
    if (text.startsWith("Unsupported or unrecognized SSL message")
        || text.startsWith("Unrecognized SSL message")) {
      return "the other side doesn't use TLS";
    }
    if (text.startsWith("Received fatal alert")) {
      return "the other side refused this node (%s): see its log".formatted(text);
    }
    return text;
  }

  private static Optional<String> refused(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      for (Throwable suppressed : each.getSuppressed()) {
        if (suppressed instanceof RefusedCertificate certificate) {
          return Optional.of(certificate.getMessage());
        }
      }
    }
    return Optional.empty();
  }
}
