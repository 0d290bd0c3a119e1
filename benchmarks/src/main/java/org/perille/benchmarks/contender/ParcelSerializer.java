package org.perille.benchmarks.contender;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.JSerializer;

/** Writes the key and the bytes of a parcel unchanged. */
public final class ParcelSerializer extends JSerializer {
  /** Creates the serializer. Pekko calls this constructor. */
  public ParcelSerializer(ExtendedActorSystem system) {}

  @Override
  public int identifier() {
    return 990_002;
  }

  @Override
  public byte[] toBinary(Object parcel) {
    byte[] key = ((Parcel) parcel).key().getBytes(UTF_8);
    byte[] bytes = ((Parcel) parcel).bytes();
    return ByteBuffer.allocate(1 + key.length + bytes.length)
        .put((byte) key.length)
        .put(key)
        .put(bytes)
        .array();
  }

  @Override
  public boolean includeManifest() {
    return false;
  }

  @Override
  public Object fromBinaryJava(byte[] stored, Class<?> manifest) {
    int length = stored[0];
    byte[] bytes = Arrays.copyOfRange(stored, 1 + length, stored.length);
    return new Parcel(new String(stored, 1, length, UTF_8), bytes);
  }
}
