package org.perille.proof.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the database keeps its files: a file system of its own, which can be filled up without harm
 * to anybody else, where this machine lets us mount one; otherwise a directory.
 */
final class Disk implements AutoCloseable {
  private static final long BYTES = 4L << 30;

  private final Path mountPoint;
  private final boolean mounted;

  private Disk(Path mountPoint, boolean mounted) {
    this.mountPoint = mountPoint;
    this.mounted = mounted;
  }

  static Disk make(Path directory) throws IOException {
    Path image = directory.resolve("disk.img");
    Path mountPoint = Files.createDirectory(directory.resolve("disk"));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(BYTES);
    }
    boolean mounted =
        Shell.succeeds("mkfs.ext4", "-q", "-F", image.toString())
            && Shell.succeeds("mount", "-o", "loop", image.toString(), mountPoint.toString());
    return new Disk(mountPoint, mounted);
  }

  Path path() {
    return mountPoint;
  }

  /** Whether {@link #fill} fills a disk that is ours alone. */
  boolean canBeFilled() {
    return mounted;
  }

  /** Leaves not a byte. */
  void fill() throws IOException {
    long free = Files.getFileStore(mountPoint).getUnallocatedSpace();
    Shell.succeeds("fallocate", "-l", String.valueOf(free), ballast().toString());
    // What fallocate couldn't get as a whole is taken piece by piece, until there is none.
    Shell.succeeds("dd", "if=/dev/zero", "of=" + ballast() + "-2", "bs=4k");
  }

  void free() throws IOException {
    Files.deleteIfExists(ballast());
    Files.deleteIfExists(mountPoint.resolve("ballast-2"));
  }

  private Path ballast() {
    return mountPoint.resolve("ballast");
  }

  @Override
  public void close() {
    if (mounted) {
      Shell.succeeds("umount", "-l", mountPoint.toString());
    }
  }
}
