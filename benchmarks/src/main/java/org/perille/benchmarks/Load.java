package org.perille.benchmarks;

import java.util.SplittableRandom;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.JSerializer;
import org.perille.Topic;

/** Messages of incompressible bytes; compressible ones would flatter the database. */
final class Load {
  /** A message of an application that brings its own serializer. */
  static final class Blob {
    private final String key;
    private final byte[] bytes;

    Blob(String key, byte[] bytes) {
      this.key = key;
      this.bytes = bytes;
    }

    String key() {
      return key;
    }
  }

  /** Writes the bytes as they are. */
  public static final class BlobSerializer extends JSerializer {
    public BlobSerializer(ExtendedActorSystem system) {}

    @Override
    public int identifier() {
      return 990_001;
    }

    @Override
    public byte[] toBinary(Object blob) {
      return ((Blob) blob).bytes;
    }

    @Override
    public boolean includeManifest() {
      return false;
    }

    @Override
    public Object fromBinaryJava(byte[] bytes, Class<?> manifest) {
      return new Blob("", bytes);
    }
  }

  static final Topic<Blob> TOPIC =
      Topic.of("load", Blob.class).keyedBy(Blob::key).withPartitions(16);

  private static final int KEYS = 10_000;

  private final SplittableRandom random = new SplittableRandom(42);
  private final int bytes;

  Load(int bytes) {
    this.bytes = bytes;
  }

  Blob next() {
    return next("key-" + random.nextInt(KEYS));
  }

  Blob next(String key) {
    byte[] content = new byte[bytes];
    random.nextBytes(content);
    return new Blob(key, content);
  }
}
