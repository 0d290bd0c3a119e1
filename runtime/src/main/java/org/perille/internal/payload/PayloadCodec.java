package org.perille.internal.payload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.DisabledJavaSerializer;
import org.apache.pekko.serialization.JavaSerializer;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.apache.pekko.serialization.jackson.JacksonCborSerializer;
import org.apache.pekko.serialization.jackson.JacksonObjectMapperProvider;
import org.perille.Codec;
import org.perille.PerilleMessage;
import org.perille.Topic;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.LogMessage;

/**
 * Serializes and deserializes the messages of a topic.
 *
 * <p>It uses the topic's codec, or the serializer that the application's Pekko configuration binds
 * to their class. A stored message is read by the codec or the serializer that wrote it.
 */
public final class PayloadCodec<T> {
  /** The name of a codec that reads JSON, as {@code Jackson2Codec} and {@code Jackson3Codec} do. */
  private static final String JSON = "json";

  /** A serialized message. */
  public record Encoded(int serializerId, String manifest, ByteString payload) {}

  private final Serialization serialization;
  private final Class<T> messageClass;
  private final TopicCodecs<T> codecs;

  /** Pekko's serializer for CBOR, with Perille's own settings. Each reads the other's bytes. */
  private final JacksonCborSerializer jackson;

  /** The classes of which a value was read back. */
  private final Set<Class<?>> readable = ConcurrentHashMap.newKeySet();

  /** Creates a codec that uses only Pekko's serializers. */
  public PayloadCodec(ActorSystem<?> system, Class<T> messageClass) {
    this(system, messageClass, TopicCodecs.none());
  }

  private PayloadCodec(ActorSystem<?> system, Class<T> messageClass, TopicCodecs<T> codecs) {
    this.codecs = codecs;
    this.serialization = SerializationExtension.get(system);
    this.jackson =
        new JacksonCborSerializer(
            (ExtendedActorSystem) Adapter.toClassic(system), "perille-jackson");
    this.messageClass = messageClass;
  }

  /** Returns the codec for the messages of a topic. */
  public static <T> PayloadCodec<T> of(ActorSystem<?> system, Topic<T> topic) {
    return new PayloadCodec<>(system, topic.messageClass(), TopicCodecs.of(topic));
  }

  /**
   * Serializes a message.
   *
   * @throws NotSerializableException if no serializer, or only Java's, accepts the class
   */
  public Encoded encode(T message) throws NotSerializableException {
    if (codecs.writing().isPresent()) {
      Codec<T> codec = codecs.writing().get();
      return asRuntimeExceptions(() -> codecs.encode(codec, message));
    }
    Serializer serializer = serializer(message.getClass());
    return new Encoded(
        serializer.identifier(),
        Serializers.manifestFor(serializer, message),
        UnsafeByteOperations.unsafeWrap(asRuntimeExceptions(() -> serializer.toBinary(message))));
  }

  /**
   * Serializes a message, and reads back the first value of each class. Later values cost nothing.
   *
   * @throws NotSerializableException if no serializer, or only Java's, accepts the class
   * @throws ReadBackException if the value read back differs
   */
  public Encoded encodeReadable(T message) throws NotSerializableException {
    Encoded encoded = encode(message);
    if (!readable.contains(message.getClass())) {
      requireReadable(message, encoded);
      readable.add(message.getClass());
    }
    return encoded;
  }

  private void requireReadable(T message, Encoded encoded) throws NotSerializableException {
    ReadBack readBack =
        codecs.writing().isPresent()
            ? ReadBack.of(codecs.writing().get())
            : ReadBack.of(serializer(message.getClass()));
    Object back;
    try {
      back = decode(encoded);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      throw readBack.unreadable(message, e);
    }
    readBack.requireSame(message, back, value -> bytesOf(messageClass.cast(value)));
  }

  private byte[] bytesOf(T value) {
    return asRuntimeExceptions(() -> encode(value).payload().toByteArray());
  }

  /**
   * Returns the serializer that is bound to a class.
   *
   * @throws NotSerializableException if there is none, or only Java's
   */
  public Serializer serializer(Class<?> type) throws NotSerializableException {
    Serializer serializer = serialization.serializerFor(type);
    if (serializer instanceof JavaSerializer || serializer instanceof DisabledJavaSerializer) {
      throw new NotSerializableException(
          "only Java serialization is bound to "
              + type.getName()
              + ": implement org.perille.PerilleMessage, or bind a serializer to it in pekko.actor.serialization-bindings");
    }
    return isJackson(serializer.identifier()) && PerilleMessage.class.isAssignableFrom(type)
        ? jackson
        : serializer;
  }

  private boolean isJackson(int serializerId) {
    return serializerId == jackson.identifier();
  }

  /**
   * Returns whether the manifest's class is a {@link PerilleMessage}, or one of a topic with a
   * codec, which may have been one. A class that no longer exists counts as one, because a
   * migration renames it.
   */
  private boolean isOwn(String manifest) {
    int version = manifest.indexOf('#');
    String name = version < 0 ? manifest : manifest.substring(0, version);
    try {
      Class<?> type =
          Class.forName(name, false, serialization.system().dynamicAccess().classLoader());
      return PerilleMessage.class.isAssignableFrom(type)
          || (codecs.writing().isPresent() && messageClass.isAssignableFrom(type));
    } catch (ClassNotFoundException e) {
      return true;
    }
  }

  /** Returns whether a message can be read from JSON: by the topic's codec, or by Jackson. */
  public boolean isJson() {
    if (codecs.writing().isPresent()) {
      return codecs.writing().get().name().equals(JSON);
    }
    try {
      return messageClass.isInterface() || isJackson(serializer(messageClass).identifier());
    } catch (NotSerializableException e) {
      // An abstract class, of which only the subclasses have a serializer.
      return true;
    }
  }

  /**
   * Reads a message from JSON, with the settings of the stored form. Throws a runtime exception if
   * that is impossible.
   */
  public T fromJson(String text) {
    if (codecs.writing().isPresent()) {
      Codec<T> codec = codecs.writing().get();
      return asRuntimeExceptions(
          () -> codec.decode(text.getBytes(StandardCharsets.UTF_8), codec.version()));
    }
    return asRuntimeExceptions(
        () -> Objects.requireNonNull(json().readValue(text, messageClass), "the payload is null"));
  }

  /** Reads a JSON object of texts. Throws a runtime exception if it is none. */
  public Map<String, String> textsFromJson(String text) {
    return asRuntimeExceptions(
        () -> {
          Map<String, String> texts = new LinkedHashMap<>();
          JsonNode object = json().readTree(text);
          if (!object.isObject()) {
            throw new IllegalArgumentException("it is no object");
          }
          for (Map.Entry<String, JsonNode> entry : object.properties()) {
            if (!entry.getValue().isTextual()) {
              throw new IllegalArgumentException("'" + entry.getKey() + "' is no text");
            }
            texts.put(entry.getKey(), entry.getValue().textValue());
          }
          return texts;
        });
  }

  private ObjectMapper json() {
    return JacksonObjectMapperProvider.get(serialization.system())
        .getOrCreate("perille-jackson-json", Optional.empty());
  }

  /** Deserializes a message. Throws a runtime exception if that is impossible. */
  public T decode(LogMessage message) {
    if (message.unreadable().isPresent()) {
      throw new IllegalStateException(message.unreadable().get());
    }
    return decode(new Encoded(message.serializerId(), message.manifest(), message.payload()));
  }

  /** Deserializes a message. Throws a runtime exception if that is impossible. */
  public T decode(Encoded encoded) {
    return TopicCodecs.isBy(encoded)
        ? asRuntimeExceptions(() -> codecs.decode(encoded))
        : messageClass.cast(asRuntimeExceptions(() -> decodeByPekko(encoded)));
  }

  private Object decodeByPekko(Encoded encoded) {
    return isJackson(encoded.serializerId()) && isOwn(encoded.manifest())
        ? jackson.fromBinary(encoded.payload().toByteArray(), encoded.manifest())
        : serialization
            .deserialize(
                encoded.payload().toByteArray(), encoded.serializerId(), encoded.manifest())
            .get();
  }

  /** Describes a message that can't be decoded: its stored form, the reason, and a remedy. */
  public String explain(LogMessage message, Throwable failure) {
    String bytes = message.payload().size() + " bytes";
    String reason = UserCode.messageOf(failure);
    if (message.serializerId() == TopicCodecs.SERIALIZER_ID) {
      return "(stored by codec and version '%s', %s; configured: %s) can't be decoded: %s"
          .formatted(message.manifest(), bytes, codecs.configured(), reason);
    }
    String form =
        "serializer %d, manifest '%s', %s"
            .formatted(message.serializerId(), message.manifest(), bytes);
    return codecs.writing().isEmpty()
        ? "(%s) can't be decoded; bind a serializer that can in pekko.actor.serialization-bindings: %s"
            .formatted(form, reason)
        : "(%s; stored without a codec, and configured is %s) can't be decoded; as long as such messages are stored, let their class implement PerilleMessage, or name its package in pekko.serialization.jackson.allowed-class-prefix, or bind their serializer: %s"
            .formatted(form, codecs.configured(), reason);
  }

  /**
   * Converts exceptions to readable runtime exceptions.
   *
   * <p>Serializers written in Scala throw checked exceptions that Java doesn't declare (for a
   * missing class, or for JSON that doesn't fit). They also call the application's constructors,
   * which throw anything.
   */
  private static <R> R asRuntimeExceptions(Callable<R> serialization) {
    try {
      return serialization.call();
    } catch (Throwable e) {
      Throwable readable = UserCode.loggable(e);
      if (readable instanceof RuntimeException exception) {
        throw exception;
      }
      throw new IllegalArgumentException(
          e instanceof Error ? e.toString() : e.getMessage(), readable);
    }
  }
}
