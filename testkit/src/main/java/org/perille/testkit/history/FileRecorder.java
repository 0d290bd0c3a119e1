package org.perille.testkit.history;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes what happens to a file, one line an operation. A file belongs to one process: give each
 * start of it a file of its own, and read them together with {@link History#read}.
 *
 * <p><b>Guarantee</b>: when {@link #record} returns the line is with the operating system; killing
 * the process loses nothing of it. (A machine that loses its power does.)
 *
 * <p><b>Failure</b>: if the line can't be written {@link #record} throws, and the caller must not
 * do what it was about to do: it would be missing from the history.
 *
 * <p><b>Threading</b>: safe for use by several threads.
 */
public final class FileRecorder implements Recorder, Closeable {
  private final Path file;
  private final OutputStream out;

  /**
   * Begins a file.
   *
   * @throws FileAlreadyExistsException if it exists: it is another process's
   */
  public FileRecorder(Path file) throws IOException {
    this.file = file;
    this.out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  @Override
  public void record(Operation operation) {
    byte[] line = OperationLines.write(operation);
    try {
      synchronized (this) {
        out.write(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "can't record in " + file + ": what follows would be missing from the history", e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
