package org.perille.proof.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {
  @TempDir Path directory;

  @Test
  void a_power_failure_takes_what_was_not_forced_and_leaves_what_was() throws Exception {
    try (Disk disk = Disk.make(directory)) {
      assumeTrue(disk.canLosePower(), "it requires root, loop devices, ext4 and perl");
      Path file = disk.path().resolve("file");
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        open.write(new byte[] {1, 2});
        open.getFD().sync();
        open.seek(1);
        open.write(3);
        assertThat(Files.readAllBytes(file)).containsExactly(1, 3);
      }
      disk.losePower(() -> {});
      assertThat(Files.readAllBytes(file)).containsExactly(1, 2);
    }
  }

  @Test
  void a_power_failure_reaches_processes_in_other_mount_namespaces() throws Exception {
    try (Disk disk = Disk.make(directory)) {
      assumeTrue(disk.canLosePower(), "it requires root, loop devices, ext4 and perl");
      Path file = disk.path().resolve("file");
      Process elsewhere =
          new ProcessBuilder(
                  "unshare", "-m", "--propagation", "slave", "sh", "-c", "echo; exec sleep 60")
              .start();
      try {
        assertThat(elsewhere.getInputStream().read()).isEqualTo('\n');
        disk.losePower(() -> {});
        Files.write(file, new byte[] {1});
        assertThat(Files.readAllBytes(file)).containsExactly(1);
      } finally {
        elsewhere.destroyForcibly().onExit().join();
      }
    }
  }
}
