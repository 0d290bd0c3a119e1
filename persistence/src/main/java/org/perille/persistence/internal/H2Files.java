package org.perille.persistence.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * The file system through which the engine opens a file whose commits are forced.
 *
 * <p>It is that of the machine, except for the order of writes; see {@link H2Header}. The engine
 * creates objects of this class by reflection.
 */
public final class H2Files extends FilePathWrapper {
  private static final String SCHEME = "perille";

  /** Creates a path of the engine. */
  public H2Files() {}

  /** Returns the name by which the engine opens a file here. */
  static String name(Object file) {
    FilePath.register(new H2Files());
    return SCHEME + ":" + file;
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    FileChannel file = super.open(mode);
    if (!mode.startsWith("rw")) {
      return file;
    }
    H2Header header = H2Header.of(name);
    header.opened(file);
    return new Channel(file, header);
  }

  /** A channel that is as thread-safe as that of the file. */
  @SuppressWarnings("UnsynchronizedOverridesSynchronized")
  private static final class Channel extends FileBaseDefault {
    private final FileChannel file;
    private final H2Header header;

    Channel(FileChannel file, H2Header header) {
      this.file = file;
      this.header = header;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      try {
        return file.read(target, position);
      } catch (ClosedChannelException e) {
        throw closed(e);
      }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      int bytes = source.remaining();
      try {
        if (H2Header.isHeader(source, position)) {
          header.write(source);
        } else {
          header.writeChunk(source, position);
        }
        return bytes;
      } catch (ClosedChannelException e) {
        throw closed(e);
      }
    }

    /**
     * Closes the file after an interrupt has closed its channel, so that the engine sees that;
     * returns the exception.
     */
    private ClosedChannelException closed(ClosedChannelException cause) throws IOException {
      close();
      return cause;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    protected void implTruncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void force(boolean metaData) throws IOException {
      header.force(() -> file.force(metaData));
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
