package org.perille.sharding.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.perille.sharding.internal.tls.TestAuthority.pem;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.ConfigurationException;
import org.perille.sharding.internal.tls.TestAuthority.Issued;
import org.perille.sharding.internal.tls.TestAuthority.Request;

class NodeCertificatesTest {
  private static final String HOST = "127.0.0.1";
  private static final TestAuthority AUTHORITY = TestAuthority.create("cluster");

  @TempDir Path directory;
  private final Issued good = AUTHORITY.issue(HOST);

  private TlsSettings settings(String sharedName) {
    return new TlsSettings(
        directory.resolve("node.pem"),
        directory.resolve("node.key"),
        directory.resolve("trusted.pem"),
        Optional.of(sharedName).filter(name -> !name.isEmpty()),
        HOST,
        Duration.ofMinutes(5));
  }

  private NodeCertificates read() {
    return NodeCertificates.read(settings(""), Instant.now());
  }

  private void write(String file, String content) {
    TestAuthority.write(directory.resolve(file), content);
  }

  private void assertRefused(String... said) {
    assertThatThrownBy(this::read)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA", "Ed25519"})
  void keys_of_all_usual_algorithms_are_read(String algorithm) {
    Issued issued = AUTHORITY.issue(Request.of(HOST).withKeyOf(algorithm));
    TestAuthority.files(directory, issued, AUTHORITY);
    NodeCertificates read = read();
    assertThat(read.key()).isEqualTo(issued.key());
    assertThat(read.chain()).isEqualTo(issued.chain());
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void keys_in_the_older_formats_are_read(String algorithm) throws Exception {
    Issued issued = AUTHORITY.issue(Request.of(HOST).withKeyOf(algorithm));
    TestAuthority.files(directory, issued, AUTHORITY);
    byte[] older =
        PrivateKeyInfo.getInstance(issued.key().getEncoded()).getPrivateKey().getOctets();
    // openssl ecparam writes the parameters first.
    write(
        "node.key",
        pem("EC PARAMETERS", new byte[] {6, 0}) + pem(algorithm + " PRIVATE KEY", older));
    assertThat(read().key()).isEqualTo(issued.key());
  }

  @Test
  void a_chain_of_intermediate_authorities_and_several_trusted_ones_are_read() {
    TestAuthority intermediate = AUTHORITY.intermediate("department");
    TestAuthority.files(
        directory, intermediate.issue(HOST), TestAuthority.create("former"), AUTHORITY);
    assertThat(read().chain()).hasSize(2);
    assertThat(read().trusted()).hasSize(2);
  }

  @Test
  void text_between_the_blocks_is_ignored() {
    TestAuthority.files(directory, good, AUTHORITY);
    write("node.pem", "Certificate:\n    Issuer: CN=x\r\n" + good.certificatePem() + "end\n");
    assertThat(read().chain()).isEqualTo(good.chain());
  }

  @Test
  void a_file_that_is_missing_or_has_something_else_is_named_with_its_setting() throws Exception {
    TestAuthority.files(directory, good, AUTHORITY);
    String key = directory.resolve("node.key").toString();
    Files.delete(Path.of(key));
    assertRefused("'perille.cluster.tls.key'", key, "no such file");
    Files.createDirectory(Path.of(key));
    assertRefused("'perille.cluster.tls.key'", key, "can't be read");
    Files.delete(Path.of(key));
    write("node.key", good.certificatePem());
    assertRefused("'perille.cluster.tls.key'", "no private key", "but CERTIFICATE");
    write("node.key", good.keyPem());
    write("node.pem", good.keyPem());
    assertRefused("'perille.cluster.tls.certificate'", "no certificate", "but PRIVATE KEY");
    write("node.pem", pem("CERTIFICATE", new byte[] {1, 2, 3}));
    assertRefused("'perille.cluster.tls.certificate'", "certificate 1 is damaged");
    write("node.pem", good.certificatePem());
    write("trusted.pem", "");
    assertRefused("'perille.cluster.tls.trusted'", "no certificate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void a_key_that_does_not_belong_to_its_certificate_is_refused(String algorithm) {
    TestAuthority.files(directory, good, AUTHORITY);
    write("node.key", AUTHORITY.issue(Request.of(HOST).withKeyOf(algorithm)).keyPem());
    assertRefused("'perille.cluster.tls.key'", "belong to the", "certificate");
  }

  @Test
  void an_encrypted_key_is_refused() {
    TestAuthority.files(directory, good, AUTHORITY);
    write("node.key", pem("ENCRYPTED PRIVATE KEY", new byte[] {1}));
    assertRefused("'perille.cluster.tls.key'", "encrypted", "openssl pkey");
    write(
        "node.key",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
    assertRefused("'perille.cluster.tls.key'", "encrypted");
  }

  @Test
  void a_certificate_that_is_not_valid_now_is_refused() {
    Instant now = Instant.now();
    TestAuthority.files(
        directory,
        AUTHORITY.issue(Request.of(HOST).validUntil(now.minus(Duration.ofHours(1)))),
        AUTHORITY);
    assertRefused("'perille.cluster.tls.certificate'", "has expired at");
    TestAuthority.files(
        directory,
        AUTHORITY.issue(Request.of(HOST).validFrom(now.plus(Duration.ofHours(1)))),
        AUTHORITY);
    assertRefused("'perille.cluster.tls.certificate'", "not valid before", "clock");
  }

  @Test
  void a_certificate_that_other_nodes_would_refuse_is_refused_at_the_start() {
    TestAuthority.files(directory, AUTHORITY.issue("shop2.example"), AUTHORITY);
    assertRefused("'perille.cluster.tls.certificate'", HOST, "subject alternative names");
    TestAuthority.files(directory, good, TestAuthority.create("other"));
    assertRefused("no authority of 'perille.cluster.tls.trusted'", "CN=node", "CN=cluster");
    TestAuthority.files(
        directory,
        AUTHORITY.issue(Request.of(HOST).only(KeyPurposeId.id_kp_serverAuth)),
        AUTHORITY);
    assertRefused("Extended key usage", "client");
    TestAuthority.files(
        directory,
        AUTHORITY.issue(
            Request.of(HOST).only(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth)),
        AUTHORITY);
    assertThatCode(this::read).doesNotThrowAnyException();
  }

  @Test
  void a_shared_name_takes_the_place_of_the_host() {
    TestAuthority.files(directory, AUTHORITY.issue("nodes.shop.example"), AUTHORITY);
    assertThatCode(() -> NodeCertificates.read(settings("nodes.shop.example"), Instant.now()))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> NodeCertificates.read(settings("nodes.other.example"), Instant.now()))
        .hasMessageContaining("nodes.other.example");
  }
}
