package org.perille.proof.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.perille.internal.wire.PerilleSerializer;

/**
 * All of Perille's own messages that are stored or sent.
 *
 * <p>Decoding returns a value that can be encoded again to the same bytes, or fails with {@link
 * NotSerializableException}. An input is a manifest, a zero byte, and the encoded message.
 */
final class WireTarget implements FuzzTarget {
  private final PerilleSerializer serializer;
  private final List<byte[]> seeds = new ArrayList<>();

  WireTarget(ActorSystem<?> system) {
    Serialization serialization = SerializationExtension.get(system);
    this.serializer =
        (PerilleSerializer)
            serialization.serializerByIdentity().apply(PerilleSerializer.IDENTIFIER);
    Samples samples = new Samples(system.deadLetters());
    for (Class<?> type : serializer.types()) {
      samples.of(type).forEach(sample -> seeds.add(seed(sample)));
    }
  }

  private byte[] seed(Object sample) {
    ByteArrayOutputStream seed = new ByteArrayOutputStream();
    seed.writeBytes(serializer.manifest(sample).getBytes(StandardCharsets.UTF_8));
    seed.write(0);
    seed.writeBytes(serializer.toBinary(sample));
    return seed.toByteArray();
  }

  @Override
  public String name() {
    return "wire";
  }

  @Override
  public List<byte[]> seeds() {
    return seeds;
  }

  @Override
  public int mutations() {
    return 15_000;
  }

  @Override
  public void accept(byte[] input) throws NotSerializableException {
    int end = 0;
    while (end < input.length && input[end] != 0) {
      end++;
    }
    String manifest = new String(input, 0, end, StandardCharsets.UTF_8);
    Object decoded;
    try {
      decoded =
          serializer.fromBinary(
              Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length), manifest);
    } catch (NotSerializableException e) {
      return;
    }
    assertThat(serializer.manifest(decoded)).isEqualTo(manifest);
    assertThat(serializer.fromBinary(serializer.toBinary(decoded), manifest)).isEqualTo(decoded);
  }
}
