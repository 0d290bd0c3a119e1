package org.perille.samples.launch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory of a run: for one run at a time, of one input, on one kind of database.
 *
 * <p>It records whether a process has died in it. If so, at-most-once may have lost messages.
 */
public final class DataDirectory implements AutoCloseable {
  private final Path path;
  private final boolean temporary;
  private final FileChannel lockFile;

  private DataDirectory(Path path, boolean temporary, FileChannel lockFile) {
    this.path = path;
    this.temporary = temporary;
    this.lockFile = lockFile;
  }

  /**
   * Opens a directory, or a temporary one that is deleted when it is closed.
   *
   * @param given the value of the option --data
   * @param sample the prefix of a temporary directory's name
   * @param contents the contents that the directory must have unless it is new, one line each
   */
  public static DataDirectory open(Optional<Path> given, String sample, List<String> contents)
      throws IOException {
    Path path =
        given.isPresent() ? create(given.get()) : Files.createTempDirectory("perille-" + sample);
    FileChannel lockFile =
        FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    DataDirectory directory = new DataDirectory(path, given.isEmpty(), lockFile);
    try {
      directory.lock();
      directory.require(contents);
      directory.begin();
      return directory;
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  private static Path create(Path path) throws IOException {
    try {
      return Files.createDirectories(path).toAbsolutePath().normalize();
    } catch (FileAlreadyExistsException e) {
      throw new WrongUseException("--data is '" + path + "', which is not a directory");
    } catch (IOException e) {
      throw new WrongUseException("--data is '" + path + "', which can't be created: " + e);
    }
  }

  private void lock() throws IOException {
    FileLock lock;
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new WrongUseException(
          "--data is '" + path + "', which another run is using: wait for it, or use another");
    }
  }

  /** Fails if the directory holds a run of something else, which could never add up. */
  private void require(List<String> contents) throws IOException {
    Path file = path.resolve("contents");
    if (Files.exists(file)) {
      List<String> found = Files.readAllLines(file);
      for (String wanted : contents) {
        if (!found.contains(wanted)) {
          throw new WrongUseException(
              "--data is '%s', which holds a run of %s, and this is one of %s: use another directory"
                  .formatted(path, String.join(", ", found), String.join(", ", contents)));
        }
      }
    } else {
      // Moved into place as a whole: a run that is killed here must not leave a partial file.
      Path part = Files.write(path.resolve("contents.part"), contents);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Records the start. A run that didn't record its end has crashed. */
  private void begin() throws IOException {
    if (Files.exists(running())) {
      crashed();
    }
    Files.writeString(running(), "");
  }

  public Path path() {
    return path;
  }

  /** Records that a process has died. */
  public void crashed() throws IOException {
    Files.writeString(path.resolve("crashed"), "");
  }

  public boolean hasCrashed() {
    return Files.exists(path.resolve("crashed"));
  }

  /** Records the end of this run. */
  public void ended() throws IOException {
    Files.delete(running());
  }

  private Path running() {
    return path.resolve("running");
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      delete(path);
    }
    lockFile.close();
  }

  /** Deletes a directory and its contents. */
  public static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
