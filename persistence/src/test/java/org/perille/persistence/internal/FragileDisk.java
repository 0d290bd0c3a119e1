package org.perille.persistence.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A disk with one file. A change is kept for certain once a force that began after it has ended.
 * When the power fails, chance decides about each other change. It can be lost although a later one
 * was kept, and a write can end after any of its sectors. Thread-safe.
 */
final class FragileDisk {
  private static final int SECTOR = 512;
  private static final int MOST_MICROS_FORCING = 300;

  /** A change of the file. */
  sealed interface Change permits Written, Truncated {}

  /** Bytes in a row. */
  static final class Written implements Change {
    private final long position;
    private final byte[] bytes;

    Written(long position, byte[] bytes) {
      this.position = position;
      this.bytes = bytes;
    }
  }

  /** An end of the file. */
  record Truncated(long size) implements Change {}

  /** A change of the file that the operating system shows to everybody at once. */
  @FunctionalInterface
  interface Deed {
    void run() throws IOException;
  }

  private final Random random;
  private byte[] forced;
  private int size;
  private final List<Change> pending = new ArrayList<>();

  /** The number of changes that are durable; the pending ones follow. */
  private long durable;

  private long operations;
  private long forces;
  private long lastOperation = Long.MAX_VALUE;
  private boolean failed;

  /**
   * Creates a disk with power.
   *
   * @param content what the file consists of in the beginning
   */
  FragileDisk(byte[] content, Random random) {
    this.forced = content.clone();
    this.size = content.length;
    this.random = random;
  }

  /** Fails the power after so many more operations: writes, truncations and forces. */
  synchronized void failAfter(int more) {
    lastOperation = operations + more;
  }

  /** Returns whether the power has failed. */
  synchronized boolean hasFailed() {
    return failed;
  }

  /** Returns the number of forces that have ended. */
  synchronized long forces() {
    return forces;
  }

  synchronized void requirePower() throws IOException {
    if (failed) {
      throw new IOException("the power has failed");
    }
  }

  /** Changes the file. */
  synchronized void change(Change change, Deed deed) throws IOException {
    requirePower();
    pending.add(change);
    countOperation();
    deed.run();
  }

  /** Makes durable what was changed before; that takes a while, in which other changes come. */
  void force() throws IOException {
    long covered;
    long nanos;
    synchronized (this) {
      requirePower();
      covered = durable + pending.size();
      nanos = TimeUnit.MICROSECONDS.toNanos(random.nextInt(MOST_MICROS_FORCING));
    }
    LockSupport.parkNanos(nanos);
    synchronized (this) {
      // Also when it is about to end: then all may be durable, and nobody learns it.
      requirePower();
      countOperation();
      // Another force may have ended meanwhile.
      while (durable < covered) {
        apply(pending.remove(0));
        durable++;
      }
      forces++;
    }
  }

  private void countOperation() throws IOException {
    if (++operations >= lastOperation) {
      failed = true;
      requirePower();
    }
  }

  /** Fails the power, unless it has failed already, and returns what the file is afterwards. */
  synchronized byte[] afterPowerFailure() {
    failed = true;
    boolean nothing = random.nextInt(3) == 0;
    boolean torn = random.nextBoolean();
    for (Change change : pending) {
      if (!nothing && random.nextBoolean()) {
        apply(torn && change instanceof Written write ? tear(write) : change);
      }
    }
    pending.clear();
    return Arrays.copyOf(forced, size);
  }

  /** Cuts a write off where a sector ends. Sectors lie where the file's multiples of them lie. */
  private Written tear(Written write) {
    int sectors = write.bytes.length / SECTOR;
    int kept = Math.min(write.bytes.length, SECTOR * random.nextInt(sectors + 1));
    return new Written(write.position, Arrays.copyOf(write.bytes, kept));
  }

  private void apply(Change change) {
    if (change instanceof Written write) {
      int end = Math.toIntExact(write.position + write.bytes.length);
      if (end > forced.length) {
        forced = Arrays.copyOf(forced, Math.max(end, 2 * forced.length));
      }
      System.arraycopy(write.bytes, 0, forced, (int) write.position, write.bytes.length);
      size = Math.max(size, end);
    } else if (change instanceof Truncated truncated && truncated.size < size) {
      Arrays.fill(forced, (int) truncated.size, size, (byte) 0);
      size = (int) truncated.size;
    }
  }
}
