package org.perille.benchmarks.contender;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A parcel as bytes: the length of its key, the key, and its content. */
final class Envelope {
  private Envelope() {}

  static byte[] of(Parcel parcel) {
    byte[] key = parcel.key().getBytes(UTF_8);
    return ByteBuffer.allocate(1 + key.length + parcel.bytes().length)
        .put((byte) key.length)
        .put(key)
        .put(parcel.bytes())
        .array();
  }

  static Parcel open(byte[] bytes) {
    int length = bytes[0];
    return new Parcel(
        new String(bytes, 1, length, UTF_8), Arrays.copyOfRange(bytes, 1 + length, bytes.length));
  }
}
