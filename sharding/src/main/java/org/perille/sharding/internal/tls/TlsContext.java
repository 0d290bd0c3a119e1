package org.perille.sharding.internal.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.perille.ConfigurationException;

/** Makes the TLS engines of a node's connections, which demand a certificate of the other side. */
final class TlsContext {
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  private final SSLContext context;
  private final boolean hasSharedName;

  private TlsContext(SSLContext context, boolean hasSharedName) {
    this.context = context;
    this.hasSharedName = hasSharedName;
  }

  static TlsContext of(NodeCertificates certificates, Optional<String> sharedName) {
    try {
      SSLContext context = SSLContext.getInstance(PROTOCOLS[0]);
      KeyStore own = emptyStore();
      char[] password = new char[0];
      own.setKeyEntry(
          "node",
          certificates.key(),
          password,
          certificates.chain().toArray(X509Certificate[]::new));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, password);
      context.init(keys.getKeyManagers(), trust(certificates.trusted(), sharedName), null);
      // A resumed session would outlive the certificate that it began with. Nodes connect rarely.
      context.getClientSessionContext().setSessionTimeout(1);
      context.getServerSessionContext().setSessionTimeout(1);
      return new TlsContext(context, sharedName.isPresent());
    } catch (GeneralSecurityException | IOException e) {
      throw new ConfigurationException(
          "the files of %s can't be used: %s".formatted(TlsSettings.PATH, e.getMessage()), e);
    }
  }

  private static TrustManager[] trust(List<X509Certificate> trusted, Optional<String> sharedName)
      throws GeneralSecurityException, IOException {
    KeyStore authorities = emptyStore();
    for (X509Certificate authority : trusted) {
      authorities.setCertificateEntry("authority " + authorities.size(), authority);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities);
    return new TrustManager[] {
      new PeerVerifier((X509ExtendedTrustManager) factory.getTrustManagers()[0], sharedName)
    };
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /** Returns the engine of a connection to another node. */
  SSLEngine client(String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(PROTOCOLS);
    if (!hasSharedName) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  /**
   * Returns the engine of a connection from another node.
   *
   * <p>It can't check the host of that node, which isn't known yet. The node gets no answer before
   * this one has connected to its address, which does check it.
   */
  SSLEngine server() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setNeedClientAuth(true);
    engine.setSSLParameters(parameters);
    return engine;
  }
}
