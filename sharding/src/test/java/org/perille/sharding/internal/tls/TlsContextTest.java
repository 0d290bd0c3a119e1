package org.perille.sharding.internal.tls;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.perille.sharding.internal.tls.TestAuthority.Issued;
import org.perille.sharding.internal.tls.TestAuthority.Request;

/** Handshakes between nodes, and with strangers. */
class TlsContextTest {
  private static final String HOST = "127.0.0.1";
  private static final String SHARED = "nodes.shop.example";
  private static final TestAuthority AUTHORITY = TestAuthority.create("cluster");
  private static final TestAuthority OTHER = TestAuthority.create("other");

  private final TlsContext node = context(AUTHORITY.issue(HOST), "", AUTHORITY);

  private static TlsContext context(Issued issued, String sharedName, TestAuthority... trusted) {
    return TlsContext.of(
        new NodeCertificates(
            issued.chain(),
            issued.key(),
            Arrays.stream(trusted).map(TestAuthority::certificate).toList()),
        Optional.of(sharedName).filter(name -> !name.isEmpty()));
  }

  private static void connect(TlsContext from, TlsContext to) throws SSLException {
    Handshake.run(from.client(HOST, 1), to.server());
  }

  private static void assertRefused(SSLEngine client, SSLEngine server, String... reason) {
    assertThatThrownBy(() -> Handshake.run(client, server))
        .isInstanceOf(SSLException.class)
        .extracting(TlsFailures::reason)
        .asString()
        .contains(reason);
  }

  /** Neither lets a node the stranger in, nor does it connect to it. */
  private static void assertStranger(TlsContext node, Stranger stranger, String... reason) {
    assertRefused(stranger.client(), node.server(), reason);
    assertRefused(node.client(HOST, 1), stranger.server(), reason);
  }

  @Test
  void nodes_of_one_authority_connect() {
    assertThatCode(() -> connect(node, node)).doesNotThrowAnyException();
  }

  @Test
  void nodes_of_two_authorities_connect_if_both_are_trusted() {
    TlsContext before = context(AUTHORITY.issue(HOST), "", AUTHORITY, OTHER);
    TlsContext after = context(OTHER.issue(HOST), "", AUTHORITY, OTHER);
    assertThatCode(() -> connect(before, after)).doesNotThrowAnyException();
    assertThatCode(() -> connect(after, before)).doesNotThrowAnyException();
  }

  @Test
  void a_certificate_of_another_authority_is_refused() {
    assertStranger(
        node, Stranger.with(OTHER.issue(HOST)), "no authority of", "'CN=node'", "'CN=other'");
  }

  @Test
  void a_certificate_that_has_expired_is_refused() {
    Instant past = Instant.now().minus(Duration.ofHours(1));
    assertStranger(
        node,
        Stranger.with(AUTHORITY.issue(Request.of(HOST).validUntil(past))),
        "the certificate has expired",
        "'CN=node'");
  }

  @Test
  void a_node_whose_certificate_has_another_host_s_name_is_not_connected_to() {
    assertRefused(
        node.client(HOST, 1),
        Stranger.with(AUTHORITY.issue("shop2.example")).server(),
        "subject alternative names",
        "'CN=node'");
  }

  @Test
  void a_certificate_without_the_shared_name_is_refused() {
    TlsContext shared = context(AUTHORITY.issue(SHARED), SHARED, AUTHORITY);
    assertThatCode(() -> connect(shared, shared)).doesNotThrowAnyException();
    assertStranger(shared, Stranger.with(AUTHORITY.issue(HOST)), SHARED, "'CN=node'");
  }

  @Test
  void a_node_without_a_certificate_is_refused() {
    assertRefused(
        Stranger.withoutCertificate().client(), node.server(), "the other side has no certificate");
  }
}
