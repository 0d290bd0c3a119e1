package org.perille.benchmarks.contender;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * What is sent: incompressible bytes that begin with the time at which it was due. Compressible
 * ones would flatter whoever compresses.
 *
 * <p><b>Threading</b>: nobody changes the bytes.
 */
public final class Parcel {
  /** Of so many keys each parcel has one. */
  public static final int KEYS = 10_000;

  private final String key;
  private final byte[] bytes;

  /** A parcel; the bytes aren't copied. */
  public Parcel(String key, byte[] bytes) {
    this.key = key;
    this.bytes = bytes;
  }

  public String key() {
    return key;
  }

  /** Its content; not a copy. */
  public byte[] bytes() {
    return bytes;
  }

  /** When it was due to be sent, of {@link System#nanoTime}, which all processes here share. */
  public static long dueNanos(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  /** The key with a number below {@link #KEYS}. */
  public static String key(int number) {
    return "key-" + number;
  }

  /** Makes parcels of a size. */
  public static final class Source {
    /** Has no factor in common with the number of keys. */
    private static final int STRIDE = 7919;

    private final SplittableRandom random;
    private final int bytes;
    private int begun;

    public Source(int bytes, long seed) {
      this.bytes = bytes;
      this.random = new SplittableRandom(seed);
    }

    /** A parcel of any key; the first ones have each key once, so that then all are known. */
    public Parcel next(long dueNanos) {
      int number = begun < KEYS ? begun++ * STRIDE % KEYS : random.nextInt(KEYS);
      return next(key(number), dueNanos);
    }

    public Parcel next(String key, long dueNanos) {
      byte[] content = new byte[bytes];
      random.nextBytes(content);
      ByteBuffer.wrap(content).putLong(dueNanos);
      return new Parcel(key, content);
    }
  }
}
