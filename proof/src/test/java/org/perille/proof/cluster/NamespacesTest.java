package org.perille.proof.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamespacesTest {

  private static boolean reaches(Host from, Host to, int port) {
    return Shell.succeeds(
        from.command(
                List.of(
                    "timeout",
                    "1",
                    "bash",
                    "-c",
                    "exec 3<>/dev/tcp/%s/%d".formatted(to.address(), port)))
            .toArray(String[]::new));
  }

  @Test
  void what_a_host_sends_to_another_one_is_lost_until_the_cut_is_mended() throws IOException {
    assumeTrue(Namespaces.areAllowed(), "namespaces need root");
    try (Network network = Namespaces.create();
        ServerSocket server =
            new ServerSocket(0, 50, InetAddress.getByName(network.launcher().address()))) {
      Host cut = network.add("cut");
      Host other = network.add("other");
      int port = server.getLocalPort();
      assertThat(reaches(cut, network.launcher(), port)).isTrue();
      network.cut(cut, network.launcher());
      assertThat(reaches(cut, network.launcher(), port)).isFalse();
      assertThat(reaches(other, network.launcher(), port)).isTrue();
      network.heal(cut, network.launcher());
      await().atMost(Duration.ofMinutes(3)).until(() -> reaches(cut, network.launcher(), port));
    }
  }
}
