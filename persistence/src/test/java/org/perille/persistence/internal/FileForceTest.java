package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.h2.store.fs.FileBaseDefault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileForceTest {
  @TempDir Path directory;

  @Test
  void a_file_that_was_deleted_while_it_is_open_isnt_taken_for_forced() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    FileForce force = new FileForce(file);
    force.force();
    Files.delete(file);
    assertThatThrownBy(force::force)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("does it still exist");
    Files.createFile(file);
    force.force();
  }

  /** The operating system reports a page that it couldn't write once, and drops it. */
  @Test
  void after_a_force_that_failed_a_later_one_isnt_believed() throws IOException {
    Disk disk = new Disk();
    FileForce force = new FileForce(Files.createFile(directory.resolve("file")), file -> disk);
    force.force();
    disk.failure = "Input/output error";
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(force::force)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Input/output error")
          .hasMessageContaining("restart the process");
      disk.failure = null;
    }
  }

  private static final class Disk extends FileBaseDefault {
    private String failure;

    @Override
    public void force(boolean metaData) throws IOException {
      if (failure != null) {
        throw new IOException(failure);
      }
    }

    @Override
    public long size() {
      return 0;
    }

    @Override
    protected void implTruncate(long size) {}

    @Override
    public int read(java.nio.ByteBuffer dst, long position) {
      return -1;
    }

    @Override
    public int write(java.nio.ByteBuffer src, long position) {
      return 0;
    }
  }
}
