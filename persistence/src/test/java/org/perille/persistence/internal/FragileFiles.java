package org.perille.persistence.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * A file system of H2 on top of the real one. Files on a {@link FragileDisk} lose at a power
 * failure what was not forced. The name of such a file has the prefix "fragile:". The engine
 * creates objects of this class by reflection.
 */
public final class FragileFiles extends FilePathWrapper {
  static final String SCHEME = "fragile";

  private static final Map<Path, FragileDisk> DISKS = new ConcurrentHashMap<>();

  static {
    FilePath.register(new FragileFiles());
  }

  /** Puts a file on a disk. */
  static void put(Path file, FragileDisk disk) {
    DISKS.put(file, disk);
  }

  static void remove(Path file) {
    DISKS.remove(file);
  }

  /** Opens a file that was put on a disk, as the engine does. */
  static FileChannel open(Path file) throws IOException {
    return FilePath.get(SCHEME + ":" + file).open("rw");
  }

  /** Creates a path of the engine. */
  public FragileFiles() {}

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    FileChannel channel = super.open(mode);
    FragileDisk disk = DISKS.get(Path.of(getBase().toString()));
    return disk == null ? channel : new Channel(channel, disk);
  }

  /** A channel whose changes the disk knows. */
  private static final class Channel extends FileBaseDefault {
    private final FileChannel file;
    private final FragileDisk disk;

    Channel(FileChannel file, FragileDisk disk) {
      this.file = file;
      this.disk = disk;
    }

    @Override
    public synchronized int read(ByteBuffer target, long position) throws IOException {
      disk.requirePower();
      return file.read(target, position);
    }

    @Override
    public synchronized int write(ByteBuffer source, long position) throws IOException {
      byte[] bytes = new byte[source.remaining()];
      source.duplicate().get(bytes);
      disk.change(
          new FragileDisk.Written(position, bytes),
          () -> {
            while (source.hasRemaining()) {
              int done = bytes.length - source.remaining();
              int unused = file.write(source, position + done);
            }
          });
      return bytes.length;
    }

    @Override
    public long size() throws IOException {
      disk.requirePower();
      return file.size();
    }

    @Override
    protected void implTruncate(long size) throws IOException {
      if (size < file.size()) {
        disk.change(new FragileDisk.Truncated(size), () -> file.truncate(size));
      }
    }

    @Override
    public void force(boolean metaData) throws IOException {
      disk.force();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return file.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      file.close();
    }
  }
}
