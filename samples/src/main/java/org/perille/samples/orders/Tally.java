package org.perille.samples.orders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/** A count that survives its process up to the last increment: a file with one byte for each. */
final class Tally implements AutoCloseable {
  private static final byte MARK = '|';

  private final FileChannel channel;

  private Tally(FileChannel channel) {
    this.channel = channel;
  }

  static Tally open(Path directory, String kind, String node) throws IOException {
    return new Tally(
        FileChannel.open(
            directory.resolve(kind + "-" + node + ".tally"),
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND));
  }

  void add() throws IOException {
    channel.write(ByteBuffer.wrap(new byte[] {MARK}));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Returns the total of all nodes. */
  static long total(Path directory, String kind) {
    try (Stream<Path> files = Files.list(directory)) {
      long total = 0;
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (name.startsWith(kind + "-") && name.endsWith(".tally")) {
          total += Files.size(file);
        }
      }
      return total;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
