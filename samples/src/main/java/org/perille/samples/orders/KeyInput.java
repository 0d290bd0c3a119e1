package org.perille.samples.orders;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lines of an input, read by a thread of its own.
 *
 * <p>An input that ends, or that can't be read, has no more lines.
 */
final class KeyInput {
  private static final Logger LOG = LoggerFactory.getLogger(KeyInput.class);

  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private volatile boolean ended;

  private KeyInput() {}

  static KeyInput of(InputStream input) {
    KeyInput keys = new KeyInput();
    Thread reader = new Thread(() -> keys.read(input), "keys");
    reader.setDaemon(true);
    reader.start();
    return keys;
  }

  private void read(InputStream input) {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
    try {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      LOG.info("The standard input can't be read: there are no keys", e);
    }
    ended = true;
  }

  /** Returns the next line that has not been returned, without waiting for one. */
  Optional<String> next() {
    return Optional.ofNullable(lines.poll());
  }

  /** Returns whether all lines were returned, and no further one can follow. */
  boolean hasEnded() {
    return ended && lines.isEmpty();
  }
}
