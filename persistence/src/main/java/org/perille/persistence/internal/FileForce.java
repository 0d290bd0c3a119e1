package org.perille.persistence.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forces a file to the disk: all that any thread of this process has written to it before.
 *
 * <p>The file is opened once and never closed. On POSIX systems a process that closes a file loses
 * all its locks on it, including the engine's, which excludes other processes. An open file also
 * receives each write error, whoever else forces it meanwhile. A replaced file is opened again, and
 * a deleted one fails. The engine's own channel isn't used: its {@code sync} silently does nothing
 * once an interrupted reader has closed that channel.
 *
 * <p>After a failed force, each later one fails. The operating system may have dropped the data
 * that it couldn't write, and report success the next time. Not thread-safe.
 */
final class FileForce implements SharedForce.Force {
  private static final Logger LOG = LoggerFactory.getLogger(FileForce.class);

  /** Opens a file for writing. */
  @FunctionalInterface
  interface Opener {
    FileChannel open(Path file) throws IOException;
  }

  private final Path file;
  private final Opener opener;
  private FileChannel channel;

  /** The identity of the file that the channel is open to; null where the system has none. */
  private Object key;

  private boolean directoryForced;
  private IOException failure;

  FileForce(Path file) {
    this(file, path -> FileChannel.open(path, StandardOpenOption.WRITE));
  }

  FileForce(Path file, Opener opener) {
    this.file = file;
    this.opener = opener;
  }

  @Override
  public void force() throws IOException {
    if (failure != null) {
      throw failed(failure);
    }
    open();
    try {
      // Without the metadata of access times, which isn't worth another write. All that is needed
      // to read the file is forced.
      channel.force(false);
    } catch (IOException e) {
      failure = e;
      throw failed(e);
    }
    if (!directoryForced) {
      directoryForced = true;
      forceDirectory();
    }
  }

  private void open() throws IOException {
    try {
      Object now = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      if (channel == null || now == null || !now.equals(key)) {
        FileChannel replaced = channel;
        channel = opener.open(file);
        key = now;
        if (replaced != null) {
          replaced.close();
        }
      }
    } catch (IOException e) {
      throw new IOException(
          "%s can't be opened to force it to the disk (%s): does it still exist, and may this process have more files open?"
              .formatted(file, e),
          e);
    }
  }

  private IOException failed(IOException cause) {
    return new IOException(
        "%s couldn't be forced to the disk: %s. The state of the disk is unknown, so nothing more is confirmed until this process ends. Check the disk, then restart the process"
            .formatted(file, cause.getMessage()),
        cause);
  }

  /** Forces the directory. Without its entry in the directory, a new file is lost. */
  private void forceDirectory() {
    try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      directory.force(true);
    } catch (AccessDeniedException e) {
      // Windows opens no directory, and needs no force for it.
      LOG.debug("{} isn't forced", file.getParent(), e);
    } catch (IOException e) {
      LOG.warn(
          "The directory {} can't be forced to the disk ({}). If {} was just created, a power failure may lose it as a whole. Use a file system on which directories can be forced",
          file.getParent(),
          e.getMessage(),
          file.getFileName());
    }
  }
}
