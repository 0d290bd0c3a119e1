package org.perille.samples.launch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A text file of whole lines, appended by one process. A written line survives the process.
 *
 * <p>Each node has its own file, with the node's name in the file name.
 */
public final class Journal implements AutoCloseable {
  private final FileChannel channel;

  private Journal(FileChannel channel) {
    this.channel = channel;
  }

  public static Journal open(Path directory, String kind, String node) throws IOException {
    Path file = directory.resolve(kind + "-" + node + ".txt");
    Journal journal =
        new Journal(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    // A process that died may have left a partial line, which the next one must not continue.
    if (journal.channel.size() > 0) {
      journal.append("");
    }
    return journal;
  }

  public synchronized void append(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Reads the lines of all nodes. Ignores a partial line that a dying process has left. */
  public static void readAll(Path directory, String kind, Consumer<String> reader) {
    for (Path file : files(directory, kind)) {
      try (BufferedReader lines = Files.newBufferedReader(file)) {
        String text = lines.readLine();
        while (text != null) {
          if (text.endsWith(";")) {
            reader.accept(text.substring(0, text.length() - 1));
          }
          text = lines.readLine();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static List<Path> files(Path directory, String kind) {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> file.getFileName().toString().startsWith(kind + "-"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
