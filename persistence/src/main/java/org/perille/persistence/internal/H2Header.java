package org.perille.persistence.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The header of an H2 file, from which the engine finds the latest commit.
 *
 * <p>The engine writes two copies at once, into the first two blocks, after the commit that they
 * lead to. If a power failure keeps them and loses that commit, neither copy leads anywhere, and
 * the engine takes an older version for the latest one: forced commits are lost.
 *
 * <p>Here one copy isn't touched until a force has covered the other one, and with it the commit
 * that it leads to. A header that comes during a force waits for the next one. The engine can read
 * copies that differ: it takes the later one that leads to a commit. Thread-safe.
 */
final class H2Header {
  /** The size of a copy, and of the block that it is in. */
  private static final int BLOCK = 4096;

  /** The mark of a file that was closed normally; the engine requires it in both copies. */
  private static final String CLEAN = "clean:1";

  private static final Map<String, H2Header> HEADERS = new ConcurrentHashMap<>();

  /** Locked by one force at a time. A thread that holds the other lock never takes it. */
  private final Object force = new Object();

  private FileChannel file;

  /** The intact copy; empty if it is unknown which of them is intact. */
  private OptionalInt kept = OptionalInt.of(0);

  /** True if the other copy isn't forced. */
  private boolean changed;

  private boolean forcing;

  /** A copy to be written before the next force; null if there is none. */
  private byte[] waiting;

  private H2Header() {}

  /**
   * Returns the header of a file.
   *
   * @param name the file's name in the engine
   */
  static H2Header of(String name) {
    return HEADERS.computeIfAbsent(name, unused -> new H2Header());
  }

  /** Resets the state for a file that the engine opens. */
  void opened(FileChannel opened) throws IOException {
    synchronized (force) {
      synchronized (this) {
        file = opened;
        waiting = null;
        changed = false;
        kept = Arrays.equals(read(0), read(1)) ? OptionalInt.of(0) : OptionalInt.empty();
      }
    }
  }

  /** Returns whether bytes that the engine writes are the two copies. */
  static boolean isHeader(ByteBuffer bytes, long position) {
    return position == 0 && bytes.remaining() == 2 * BLOCK;
  }

  /** Writes the header of the engine, now or before the next force. */
  void write(ByteBuffer copies) throws IOException {
    byte[] copy = new byte[BLOCK];
    copies.get(copy).position(copies.limit());
    if (new String(copy, StandardCharsets.ISO_8859_1).contains(CLEAN) || isUnknown()) {
      writeBoth(copy);
      return;
    }
    synchronized (this) {
      if (forcing) {
        waiting = copy;
      } else {
        change(copy);
      }
    }
  }

  private synchronized boolean isUnknown() {
    return kept.isEmpty();
  }

  /** Writes both copies so that one of them is intact at each moment. */
  private void writeBoth(byte[] copy) throws IOException {
    synchronized (force) {
      // The chunks that the copies lead to.
      file.force(false);
      int first = 1 - kept.orElse(1);
      write(first, copy);
      file.force(false);
      write(1 - first, copy);
      file.force(false);
      synchronized (this) {
        waiting = null;
        changed = false;
        kept = OptionalInt.of(0);
      }
    }
  }

  private void change(byte[] copy) throws IOException {
    write(1 - kept.getAsInt(), copy);
    waiting = null;
    changed = true;
  }

  /** Makes the file durable, and the header with it. */
  void force(SharedForce.Force forceOfFile) throws IOException {
    synchronized (force) {
      synchronized (this) {
        if (waiting != null) {
          change(waiting);
        }
        forcing = true;
      }
      boolean covered = false;
      try {
        forceOfFile.force();
        covered = true;
      } finally {
        end(covered);
      }
    }
  }

  private synchronized void end(boolean covered) {
    forcing = false;
    if (covered && changed) {
      kept = OptionalInt.of(1 - kept.getAsInt());
      changed = false;
    }
  }

  private byte[] read(int number) throws IOException {
    ByteBuffer copy = ByteBuffer.allocate(BLOCK);
    int read = 0;
    while (read >= 0 && copy.hasRemaining()) {
      read = file.read(copy, (long) number * BLOCK + copy.position());
    }
    return copy.array();
  }

  private void write(int number, byte[] copy) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(copy);
    while (left.hasRemaining()) {
      int unused = file.write(left, (long) number * BLOCK + left.position());
    }
  }
}
