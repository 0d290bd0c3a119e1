package org.perille.benchmarks.contender;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * A message: bytes that start with the time at which the message was due.
 *
 * <p><b>Threading</b>: no thread changes the bytes.
 */
public final class Parcel {
  /** The number of keys. */
  public static final int KEYS = 10_000;

  private final String key;
  private final byte[] bytes;

  /** Creates a parcel. The bytes aren't copied. */
  public Parcel(String key, byte[] bytes) {
    this.key = key;
    this.bytes = bytes;
  }

  public String key() {
    return key;
  }

  /** Returns the content. Not a copy. */
  public byte[] bytes() {
    return bytes;
  }

  /**
   * Returns the time at which it was due, of {@link System#nanoTime}, which all processes here
   * share.
   */
  public static long dueNanos(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  /** Returns the key with a number below {@link #KEYS}. */
  public static String key(int number) {
    return "key-" + number;
  }

  /** A generator of parcels. */
  public static final class Source {
    /** Coprime with the number of keys. */
    private static final int STRIDE = 7919;

    private final SplittableRandom random;
    private final Supplier<byte[]> contents;
    private int begun;

    /** Creates a generator of parcels of one size, which don't compress. */
    public Source(int bytes, long seed) {
      this(Payload.RANDOM, bytes, seed);
    }

    /** Creates a generator of parcels with this content. */
    public Source(Payload payload, int bytes, long seed) {
      this.contents = payload.source(bytes, seed);
      this.random = new SplittableRandom(seed);
    }

    /** Returns the next parcel. The first ones have each key once; later ones have random keys. */
    public Parcel next(long dueNanos) {
      int number = begun < KEYS ? begun++ * STRIDE % KEYS : random.nextInt(KEYS);
      return next(key(number), dueNanos);
    }

    public Parcel next(String key, long dueNanos) {
      byte[] content = contents.get();
      return new Parcel(
          key,
          ByteBuffer.allocate(Long.BYTES + content.length).putLong(dueNanos).put(content).array());
    }
  }
}
