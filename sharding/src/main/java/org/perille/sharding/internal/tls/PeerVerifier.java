package org.perille.sharding.internal.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Verifies certificates of other nodes: as the JDK does, and their shared name.
 *
 * <p>It adds a description of a refused one to the exception. The JDK's message names no
 * certificate, and the JDK doesn't check names of connections that a node accepts.
 */
final class PeerVerifier extends X509ExtendedTrustManager {
  /** A certificate that was refused. It is suppressed by the reason, which the JDK evaluates. */
  static final class RefusedCertificate extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedCertificate(X509Certificate certificate) {
      super(NodeCertificates.describe(certificate), null, false, false);
    }
  }

  /** The type of a DNS name in {@link X509Certificate#getSubjectAlternativeNames()}. */
  private static final Integer DNS_NAME = 2;

  private final X509ExtendedTrustManager jdk;
  private final Optional<String> sharedName;

  PeerVerifier(X509ExtendedTrustManager jdk, Optional<String> sharedName) {
    this.jdk = jdk;
    this.sharedName = sharedName;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    try {
      jdk.checkClientTrusted(chain, type, engine);
      requireSharedName(chain[0]);
    } catch (CertificateException e) {
      throw described(e, chain);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    try {
      jdk.checkServerTrusted(chain, type, engine);
      requireSharedName(chain[0]);
    } catch (CertificateException e) {
      throw described(e, chain);
    }
  }

  private void requireSharedName(X509Certificate certificate) throws CertificateException {
    if (sharedName.isPresent() && !dnsNames(certificate).contains(sharedName.get())) {
      throw new CertificateException(
          "the certificate doesn't have the DNS name '%s' of '%s', but %s"
              .formatted(sharedName.get(), TlsSettings.SHARED_NAME, dnsNames(certificate)));
    }
  }

  private static List<String> dnsNames(X509Certificate certificate) throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names == null
        ? List.of()
        : names.stream()
            .filter(name -> name.get(0).equals(DNS_NAME))
            .map(name -> (String) name.get(1))
            .toList();
  }

  private static CertificateException described(CertificateException e, X509Certificate[] chain) {
    e.addSuppressed(new RefusedCertificate(chain[0]));
    return e;
  }

  /**
   * Returns no authorities. A node that gets a list of them, and has no certificate of one, sends
   * no certificate, and nobody could tell why it was refused.
   */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }

  // Artery's connections have engines. A connection without one is none of them.

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw withoutEngine();
  }

  private static CertificateException withoutEngine() {
    return new CertificateException("the connection isn't one between nodes");
  }
}
