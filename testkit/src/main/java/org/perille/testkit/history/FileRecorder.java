package org.perille.testkit.history;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Records operations in a file, one line each.
 *
 * <p>A file belongs to one process. Use a new file for each start of it, and read them together
 * with {@link History#read}.
 *
 * <p><b>Guarantee</b>: when {@link #record} returns, the operating system has the line. A killed
 * process loses nothing of it; a power failure does.
 *
 * <p><b>Failure</b>: if the line can't be written, {@link #record} throws. The caller must not do
 * the recorded operation, which would be missing in the history.
 *
 * <p><b>Threading</b>: safe for use by several threads, interrupted ones included.
 */
public final class FileRecorder implements Recorder, Closeable {
  private final Path file;
  private final OutputStream out;

  /**
   * Creates a file.
   *
   * @throws FileAlreadyExistsException if it exists: it belongs to another process
   */
  public FileRecorder(Path file) throws IOException {
    this.file = file;
    Files.createFile(file);
    // Not a channel, which an interrupted thread would close for all others.
    this.out = new FileOutputStream(file.toFile());
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
