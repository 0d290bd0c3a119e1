package org.perille.sharding.internal.tls;

import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.dispatch.Dispatchers;
import org.apache.pekko.remote.artery.tcp.SSLEngineProvider;
import org.perille.ConfigurationException;
import org.perille.internal.NodeProblems;
import scala.Option;

/**
 * The TLS engines of Artery's connections, with certificates from the files of {@code
 * perille.cluster.tls}.
 */
public final class PemEngineProvider implements SSLEngineProvider {
  private static final String PROBLEM = "TLS between nodes";

  private final ActorSystem system;
  private final CertificatesInUse certificates;
  private final Duration interval;
  private final RefusalLog refusals = new RefusalLog(System::nanoTime);

  /** Reads the files, and checks them from then on. Pekko calls this. */
  public PemEngineProvider(ActorSystem system) {
    TlsSettings settings =
        TlsSettings.of(system.settings().config())
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "'%s' is not set, which %s needs"
                            .formatted(TlsSettings.CERTIFICATE, getClass().getName())));
    this.system = system;
    this.certificates = new CertificatesInUse(settings, Instant.now());
    this.interval = settings.reloadInterval();
    system
        .scheduler()
        .scheduleWithFixedDelay(
            interval,
            interval,
            this::refresh,
            system.dispatchers().lookup(Dispatchers.DefaultBlockingDispatcherId()));
  }

  private void refresh() {
    NodeProblems problems = NodeProblems.of(Adapter.toTyped(system));
    certificates
        .refresh(Instant.now())
        .ifPresentOrElse(
            problem -> problems.report(PROBLEM, problem, interval.multipliedBy(3)),
            () -> problems.withdraw(PROBLEM));
  }

  @Override
  public SSLEngine createClientSSLEngine(String hostname, int port) {
    return new LoggedEngine(
        certificates.context().client(hostname, port),
        refusals,
        "the connection to the node at %s:%d".formatted(hostname, port));
  }

  @Override
  public SSLEngine createServerSSLEngine(String hostname, int port) {
    return new LoggedEngine(
        certificates.context().server(), refusals, "a connection from another node");
  }

  @Override
  public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
    return verify(session);
  }

  @Override
  public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
    return verify(session);
  }

  /** Checks again that the other side has a certificate, since everything depends on it. */
  private static Option<Throwable> verify(SSLSession session) {
    try {
      session.getPeerCertificates();
      return Option.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Option.apply(e);
    }
  }
}
