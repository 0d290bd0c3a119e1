package org.perille.proof.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificatesTest {
  private static final Host ONE = new Host("one", "10.1.2.3", List.of());
  private static final Host OTHER = new Host("other", "10.1.2.4", List.of());

  @TempDir Path directory;
  private Certificates certificates;

  @BeforeEach
  void create() throws Exception {
    assumeTrue(Certificates.canBeMade(), "requires openssl 3");
    certificates = Certificates.create(directory);
    assertThat(certificates.options(ONE))
        .contains(
            "-Dperille.cluster.tls.certificate=" + file(ONE, "node.pem"),
            "-Dperille.cluster.tls.key=" + file(ONE, "node.key"),
            "-Dperille.cluster.tls.trusted=" + file(ONE, "trusted.pem"));
    assertThat(certificates.options(OTHER)).isNotEmpty();
  }

  private Path file(Host host, String name) {
    return directory.resolve(host.name()).resolve(name);
  }

  private boolean trusts(Host host, Host other) {
    return Shell.succeeds(
        "openssl",
        "verify",
        "-verify_ip",
        other.address(),
        "-CAfile",
        file(host, "trusted.pem").toString(),
        file(other, "node.pem").toString());
  }

  private boolean trustsEachOther() {
    return trusts(ONE, OTHER) && trusts(OTHER, ONE);
  }

  @Test
  void each_process_has_a_certificate_for_its_address_that_the_others_trust() {
    assertThat(trustsEachOther()).isTrue();
    assertThat(trusts(ONE, new Host("other", "10.1.2.5", List.of()))).isFalse();
  }

  @Test
  void processes_trust_each_other_at_every_step_of_a_replacement_and_only_the_new_authority_after()
      throws Exception {
    String former = Shell.run("cat", file(ONE, "trusted.pem").toString());
    for (int time = 1; time <= 2; time++) {
      certificates.trustNext();
      assertThat(trustsEachOther()).isTrue();
      certificates.issueNext();
      assertThat(trustsEachOther()).isTrue();
      certificates.trustNextOnly();
      assertThat(trustsEachOther()).isTrue();
    }
    assertThat(Shell.run("cat", file(ONE, "trusted.pem").toString())).doesNotContain(former);
  }

  @Test
  void a_step_of_a_replacement_that_has_not_begun_changes_nothing() throws Exception {
    String before = Shell.run("cat", file(ONE, "trusted.pem").toString());
    certificates.issueNext();
    certificates.trustNextOnly();
    assertThat(Shell.run("cat", file(ONE, "trusted.pem").toString())).isEqualTo(before);
    assertThat(trustsEachOther()).isTrue();
  }

  @Test
  void a_process_that_is_added_during_a_replacement_is_trusted_too() throws Exception {
    Host late = new Host("late", "10.1.2.5", List.of());
    certificates.trustNext();
    certificates.issueNext();
    assertThat(certificates.options(late)).isNotEmpty();
    assertThat(trusts(ONE, late) && trusts(late, ONE)).isTrue();
  }
}
