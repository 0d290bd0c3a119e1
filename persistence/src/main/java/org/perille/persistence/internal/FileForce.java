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
 * Forces a file to the disk: whatever any thread of this process wrote to it before.
 *
 * <p>The file is opened once and never closed. On POSIX systems a process that closes a file loses
 * all its locks on it, also the engine's, which keeps other processes out. And a file that is open
 * learns of each failure to write it, whoever else forces it meanwhile. A file that was replaced is
 * opened anew, and one that was deleted fails. The engine's own channel isn't used: its {@code
 * sync} does nothing, in silence, once an interrupted reader has closed that channel.
 *
 * <p>After a force that failed, each later one fails: the operating system may have dropped what it
 * couldn't write, and report success the next time. Not thread-safe.
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

  /** Which file the channel is open to; null where the system has no such thing. */
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
      // Times of access aren't worth another write; what is needed to read the file is forced.
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
        "%s couldn't be forced to the disk: %s. What the disk has is unknown, so nothing more is confirmed until this process ends. Check the disk, then start the process again"
            .formatted(file, cause.getMessage()),
        cause);
  }

  /** A file that was just created is lost with its entry in the directory. */
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
