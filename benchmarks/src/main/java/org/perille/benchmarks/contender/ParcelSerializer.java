package org.perille.benchmarks.contender;

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
    return Envelope.of((Parcel) parcel);
  }

  @Override
  public boolean includeManifest() {
    return false;
  }

  @Override
  public Object fromBinaryJava(byte[] stored, Class<?> manifest) {
    return Envelope.open(stored);
  }
}
