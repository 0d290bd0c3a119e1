package org.perille.proof.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.NotSerializableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.serialization.SerializationExtension;
import org.perille.Codec;
import org.perille.PerilleMessage;
import org.perille.Topic;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.schema.EffectProto;
import org.perille.jackson.Jackson2Codec;

/**
 * Messages of applications, with any serializer, codec, manifest and payload.
 *
 * <p>Decoding returns an instance of the topic's class or fails with a {@link RuntimeException}. It
 * never fails with an {@link Error}, which would look like a failing JVM.
 */
final class PayloadTarget implements FuzzTarget {
  /** A message with components of every kind for which Jackson has special rules. */
  record Sample(
      String text,
      long number,
      double fraction,
      Instant time,
      Duration span,
      Optional<String> maybe,
      List<Sample> nested,
      Map<String, Integer> map)
      implements PerilleMessage {}

  /** A topic with codecs, one of which throws errors. */
  private static final Topic<Sample> WITH_CODECS =
      Topic.of("fuzzed", Jackson2Codec.of(Sample.class))
          .keyedBy(Sample::text)
          .alsoReading(
              Codec.of(
                  "failing",
                  Sample.class,
                  sample -> new byte[0],
                  bytes -> {
                    throw new StackOverflowError("planned");
                  }));

  private final PayloadCodec<PerilleMessage> codec;
  private final PayloadCodec<Sample> codecs;
  private final List<byte[]> seeds = new ArrayList<>();

  PayloadTarget(ActorSystem<?> system) {
    this.codec = new PayloadCodec<>(system, PerilleMessage.class);
    this.codecs = PayloadCodec.of(system, WITH_CODECS);
    Sample leaf =
        new Sample(
            "ä",
            1,
            0.5,
            Instant.ofEpochMilli(1),
            Duration.ofDays(1),
            Optional.empty(),
            List.of(),
            Map.of("a", 1));
    Sample whole =
        new Sample(
            "",
            Long.MIN_VALUE,
            -1e300,
            Instant.EPOCH,
            Duration.ZERO,
            Optional.of("x"),
            List.of(leaf, leaf),
            Map.of());
    try {
      PayloadCodec.Encoded encoded = codec.encode(whole);
      add(encoded.serializerId(), encoded.manifest(), encoded.payload());
      PayloadCodec.Encoded json = codecs.encode(whole);
      for (String manifest : List.of(json.manifest(), "json#2", "failing#1", "other#1", "json")) {
        add(json.serializerId(), manifest, json.payload());
      }
      for (int id : new int[] {1, 4, 17, encoded.serializerId(), -1}) {
        add(id, "java.net.URL", ByteString.copyFromUtf8("\"http://localhost\""));
      }
      SerializationExtension.get(system)
          .serializerByIdentity()
          .foreach(
              one -> {
                add((Integer) one._1(), encoded.manifest(), encoded.payload());
                add((Integer) one._1(), "", ByteString.copyFromUtf8("{}"));
                return null;
              });
    } catch (NotSerializableException e) {
      throw new IllegalStateException("the sample can't be encoded", e);
    }
  }

  private void add(int serializerId, String manifest, ByteString payload) {
    seeds.add(
        EffectProto.Encoded.newBuilder()
            .setSerializerId(serializerId)
            .setManifest(manifest)
            .setPayload(payload)
            .build()
            .toByteArray());
  }

  @Override
  public String name() {
    return "payload";
  }

  @Override
  public List<byte[]> seeds() {
    return seeds;
  }

  @Override
  public int mutations() {
    return 5_000;
  }

  @Override
  public void accept(byte[] input) {
    PayloadCodec.Encoded encoded;
    try {
      EffectProto.Encoded proto = EffectProto.Encoded.parseFrom(input);
      encoded =
          new PayloadCodec.Encoded(
              proto.getSerializerId(), proto.getManifest(), proto.getPayload());
    } catch (InvalidProtocolBufferException e) {
      return;
    }
    decode(codec, encoded);
    decode(codecs, encoded);
  }

  private static void decode(PayloadCodec<?> codec, PayloadCodec.Encoded encoded) {
    try {
      Object unused = codec.decode(encoded);
    } catch (RuntimeException e) {
      // For the caller, this is a failed attempt.
    }
  }
}
