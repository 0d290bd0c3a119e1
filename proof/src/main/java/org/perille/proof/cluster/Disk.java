package org.perille.proof.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The disk of the database: a file system of its own, where this machine allows one, otherwise a
 * directory.
 *
 * <p>Filling such a file system up harms nothing else.
 */
final class Disk implements AutoCloseable {
  private static final long BYTES = 4L << 30;
  private static final long UNMOUNT_SECONDS = 30;

  /**
   * The system call that stops an ext4 file system at once, as a power failure does.
   *
   * <p>Nothing more reaches the device, not even the journal. The number of the call is
   * EXT4_IOC_SHUTDOWN, its argument EXT4_GOING_FLAGS_NOLOGFLUSH.
   */
  private static final String SHUTDOWN =
      "open(my $d, '<', $ARGV[0]) or die $!; my $f = pack('L', 2);"
          + " ioctl($d, 0x8004587d, $f) or die $!";

  private final Path image;
  private final Path mountPoint;
  private final boolean mounted;
  private final boolean losesPower;
  private boolean full;

  private Disk(Path image, Path mountPoint, boolean mounted, boolean losesPower) {
    this.image = image;
    this.mountPoint = mountPoint;
    this.mounted = mounted;
    this.losesPower = losesPower;
  }

  static Disk make(Path directory) throws IOException {
    Path image = directory.resolve("disk.img");
    Path volume = Files.createDirectory(directory.resolve("volume"));
    Path mountPoint = Files.createDirectory(volume.resolve("disk"));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(BYTES);
    }
    boolean mounted =
        Shell.succeeds("mkfs.ext4", "-q", "-F", image.toString())
            && share(volume)
            && mount(image, mountPoint);
    boolean losesPower =
        mounted
            && shutDown(mountPoint)
            && Shell.succeeds("umount", mountPoint.toString())
            && mount(image, mountPoint);
    return new Disk(image, mountPoint, mounted, losesPower);
  }

  /**
   * Lets other mount namespaces follow the mounts below this directory.
   *
   * <p>Each network namespace has a mount namespace. Without sharing, the old mount would survive a
   * power failure there.
   */
  private static boolean share(Path volume) {
    return Shell.succeeds("mount", "--bind", volume.toString(), volume.toString())
        && Shell.succeeds("mount", "--make-shared", volume.toString());
  }

  private static boolean mount(Path image, Path mountPoint) {
    return Shell.succeeds("mount", "-o", "loop", image.toString(), mountPoint.toString());
  }

  private static boolean shutDown(Path mountPoint) {
    return Shell.succeeds("perl", "-e", SHUTDOWN, mountPoint.toString());
  }

  Path path() {
    return mountPoint;
  }

  /** Returns whether {@link #fill} fills a disk that is used by this run only. */
  boolean canBeFilled() {
    return mounted;
  }

  /** Returns whether {@link #losePower} is supported here. */
  boolean canLosePower() {
    return losesPower;
  }

  /** An action to run while there is no power. */
  interface Deed {
    void run() throws IOException;
  }

  /**
   * Fails the power and restores it. The disk loses all that wasn't forced.
   *
   * @param meanwhile stops all processes that have files open
   */
  synchronized void losePower(Deed meanwhile) throws IOException, InterruptedException {
    if (!shutDown(mountPoint)) {
      throw new IOException("the file system " + mountPoint + " can't be shut down");
    }
    meanwhile.run();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(UNMOUNT_SECONDS);
    while (!remount()) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "%s can't be unmounted, or %s mounted, after the power failure; these processes still use it: %s"
                .formatted(mountPoint, image, users()));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /**
   * Mounts the file system anew.
   *
   * <p>A process that is still ending in another mount namespace keeps the one that was shut down.
   * The mount then succeeds, and gives that one again.
   */
  private boolean remount() {
    boolean unmounted =
        !Shell.succeeds("mountpoint", "-q", mountPoint.toString())
            || Shell.succeeds("umount", mountPoint.toString());
    return unmounted
        && mount(image, mountPoint)
        && Shell.succeeds("touch", mountPoint.resolve("power").toString());
  }

  /** Returns the processes with open files on the disk. */
  private List<String> users() {
    return ProcessHandle.allProcesses()
        .filter(process -> uses(process.pid()))
        .map(process -> process.pid() + " " + process.info().commandLine().orElse("?"))
        .toList();
  }

  private boolean uses(long pid) {
    try (Stream<Path> files = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
      return files.anyMatch(this::isOnDisk);
    } catch (IOException | UncheckedIOException e) {
      // It has just ended.
      return false;
    }
  }

  private boolean isOnDisk(Path link) {
    try {
      return Files.readSymbolicLink(link).startsWith(mountPoint);
    } catch (IOException e) {
      return false;
    }
  }

  /** Fills the disk to the last byte. */
  synchronized void fill() throws IOException {
    full = true;
    long free = Files.getFileStore(mountPoint).getUnallocatedSpace();
    Shell.succeeds("fallocate", "-l", String.valueOf(free), ballast().toString());
    // Takes the rest that fallocate couldn't allocate as a whole, block by block.
    Shell.succeeds("dd", "if=/dev/zero", "of=" + ballast() + "-2", "bs=4k");
  }

  synchronized void free() throws IOException {
    Files.deleteIfExists(ballast());
    Files.deleteIfExists(mountPoint.resolve("ballast-2"));
    full = false;
  }

  /**
   * Returns whether the disk is filled: {@link #fill} was called, and {@link #free} was not called
   * since.
   */
  synchronized boolean isFull() {
    return full;
  }

  private Path ballast() {
    return mountPoint.resolve("ballast");
  }

  @Override
  public void close() {
    if (mounted) {
      Shell.succeeds("umount", "-l", mountPoint.toString());
    }
    Shell.succeeds("umount", "-l", mountPoint.getParent().toString());
  }
}
