package org.perille.sharding.internal.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLException;
import org.perille.ConfigurationException;

/**
 * The contents of a node's files, which belong together.
 *
 * @param chain the node's own certificate, and those that lead to an authority
 * @param trusted the certificates of the trusted authorities
 */
record NodeCertificates(
    List<X509Certificate> chain, PrivateKey key, List<X509Certificate> trusted) {

  /**
   * Reads the files, and checks that other nodes with the same authorities accept them.
   *
   * @throws ConfigurationException if a file can't be used; it names the file and its setting
   */
  static NodeCertificates read(TlsSettings settings, Instant now) {
    NodeCertificates certificates = parse(settings, now);
    certificates.requireAccepted(settings);
    return certificates;
  }

  /**
   * Reads the files, without the costly check of {@link #requireAccepted}.
   *
   * @throws ConfigurationException if a file can't be used; it names the file and its setting
   */
  static NodeCertificates parse(TlsSettings settings, Instant now) {
    PemFile file = PemFile.read(TlsSettings.CERTIFICATE, settings.certificate());
    List<X509Certificate> chain = file.certificates();
    requireValid(file, chain.get(0), now);
    PrivateKey key =
        KeyFile.read(PemFile.read(TlsSettings.KEY, settings.key()), chain.get(0).getPublicKey());
    List<X509Certificate> trusted =
        PemFile.read(TlsSettings.TRUSTED, settings.trusted()).certificates();
    return new NodeCertificates(chain, key, trusted);
  }

  private static void requireValid(PemFile file, X509Certificate own, Instant now) {
    if (own.getNotAfter().toInstant().isBefore(now)) {
      throw file.failure(
          "its certificate has expired at %s: replace it".formatted(own.getNotAfter().toInstant()),
          null);
    }
    if (own.getNotBefore().toInstant().isAfter(now)) {
      throw file.failure(
          "its certificate is not valid before %s, and now it is %s: check the clock of this machine, or replace the certificate"
              .formatted(own.getNotBefore().toInstant(), now),
          null);
    }
  }

  /**
   * Connects this node with itself, in memory. This finds everything for which another node would
   * refuse it: name, authority, permitted uses, forbidden algorithms.
   *
   * @throws ConfigurationException if another node would refuse it
   */
  void requireAccepted(TlsSettings settings) {
    TlsContext context = TlsContext.of(this, settings.sharedName());
    try {
      Handshake.run(context.client(settings.host(), 0), context.server());
    } catch (SSLException e) {
      throw PemFile.failure(
          TlsSettings.CERTIFICATE,
          settings.certificate(),
          "other nodes would not accept this node, %s: %s. See 'TLS between nodes' in the guide of operations"
              .formatted(settings.expectedName(), TlsFailures.reason(e)),
          e);
    }
  }

  /** Returns the time from which other nodes don't accept this node. */
  Instant expires() {
    return chain.stream()
        .map(certificate -> certificate.getNotAfter().toInstant())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  /** Returns a description of the node's own certificate for log lines. */
  String describe() {
    return describe(chain.get(0));
  }

  /** Returns the names of the trusted authorities for log lines. */
  List<String> authorities() {
    return trusted.stream().map(each -> "'" + each.getSubjectX500Principal() + "'").toList();
  }

  /** Returns a description of a certificate for log lines, without its key. */
  static String describe(X509Certificate certificate) {
    return "certificate '%s' of authority '%s', serial number %s, valid from %s to %s"
        .formatted(
            certificate.getSubjectX500Principal(),
            certificate.getIssuerX500Principal(),
            certificate.getSerialNumber().toString(16),
            certificate.getNotBefore().toInstant(),
            certificate.getNotAfter().toInstant());
  }
}
