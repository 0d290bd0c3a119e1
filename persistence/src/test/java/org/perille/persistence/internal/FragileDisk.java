package org.perille.persistence.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A disk with one file, which loses changes at a power failure.
 *
 * <p>A change is durable once a force that started after it has ended. At a power failure each
 * other change survives at random. It can be lost although a later one survives, and a write can
 * end after any of its sectors. Thread-safe.
 */
final class FragileDisk {
  private static final int SECTOR = 512;
  private static final int MOST_MICROS_FORCING = 300;

  /** A change of the file. */
  sealed interface FailureEvent permits Written, Truncated {}

  /** A write of consecutive bytes. */
  static final class Written implements FailureEvent {
    private final long position;
    private final byte[] bytes;

    Written(long position, byte[] bytes) {
      this.position = position;
      this.bytes = bytes;
    }
  }

  /** A truncation of the file. */
  record Truncated(long size) implements FailureEvent {}

  /** A change of the file that the operating system shows to all readers at once. */
  @FunctionalInterface
  interface Deed {
    void run() throws IOException;
  }

  private final Random random;
  private byte[] forced;
  private int size;
  private final List<FailureEvent> pending = new ArrayList<>();

  /** The number of changes that are durable; the pending ones follow. */
  private long durable;

  private long operations;
  private long forces;
  private long lastOperation = Long.MAX_VALUE;
  private boolean failed;

  /**
   * Creates a disk with power.
   *
   * @param content the initial content of the file
   */
  FragileDisk(byte[] content, Random random) {
    this.forced = content.clone();
    this.size = content.length;
    this.random = random;
  }

  /** Fails the power after this many more operations: writes, truncations and forces. */
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
  synchronized void change(FailureEvent change, Deed deed) throws IOException {
    requirePower();
    pending.add(change);
    countOperation();
    deed.run();
  }

  /** Makes earlier changes durable. This takes a while, during which other changes arrive. */
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
      // Also at the end of a force: then all may be durable, and no caller learns it.
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

  /** Fails the power, unless it has failed already, and returns the resulting file. */
  synchronized byte[] afterPowerFailure() {
    failed = true;
    boolean nothing = random.nextInt(3) == 0;
    boolean torn = random.nextBoolean();
    for (FailureEvent change : pending) {
      if (!nothing && random.nextBoolean()) {
        apply(torn && change instanceof Written write ? tear(write) : change);
      }
    }
    pending.clear();
    return Arrays.copyOf(forced, size);
  }

  /** Cuts a write off at the end of a sector, which is a multiple of the sector size. */
  private Written tear(Written write) {
    int sectors = write.bytes.length / SECTOR;
    int kept = Math.min(write.bytes.length, SECTOR * random.nextInt(sectors + 1));
    return new Written(write.position, Arrays.copyOf(write.bytes, kept));
  }

  private void apply(FailureEvent change) {
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
