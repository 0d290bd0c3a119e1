package org.perille.internal.payload;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.NotSerializableException;
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
import org.perille.PerilleMessage;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.LogMessage;

/**
 * Serializes and deserializes the messages of a topic.
 *
 * <p>It uses the serializer that the application's Pekko configuration binds to their class.
 */
public final class PayloadCodec<T> {
  /** A serialized message. */
  public record Encoded(int serializerId, String manifest, ByteString payload) {}

  private final Serialization serialization;
  private final Class<T> messageClass;

  /** Pekko's serializer for CBOR, with Perille's own settings. Each reads the other's bytes. */
  private final JacksonCborSerializer jackson;

  /** The classes of which a value was read back. */
  private final Set<Class<?>> readable = ConcurrentHashMap.newKeySet();

  public PayloadCodec(ActorSystem<?> system, Class<T> messageClass) {
    this.serialization = SerializationExtension.get(system);
    this.jackson =
        new JacksonCborSerializer(
            (ExtendedActorSystem) Adapter.toClassic(system), "perille-jackson");
    this.messageClass = messageClass;
  }

  /**
   * Serializes a message.
   *
   * @throws NotSerializableException if no serializer, or only Java's, accepts the class
   */
  public Encoded encode(T message) throws NotSerializableException {
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
    Object back;
    try {
      back = decode(encoded);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      throw ReadBack.unreadable(message, e);
    }
    Serializer serializer = serializer(message.getClass());
    ReadBack.requireSame(
        message, back, serializer, value -> asRuntimeExceptions(() -> serializer.toBinary(value)));
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
   * Returns whether the manifest's class is a {@link PerilleMessage}. A class that no longer exists
   * counts as one, because a migration renames it.
   */
  private boolean isOwn(String manifest) {
    int version = manifest.indexOf('#');
    String name = version < 0 ? manifest : manifest.substring(0, version);
    try {
      return PerilleMessage.class.isAssignableFrom(
          Class.forName(name, false, serialization.system().dynamicAccess().classLoader()));
    } catch (ClassNotFoundException e) {
      return true;
    }
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
    Object decoded =
        asRuntimeExceptions(
            () ->
                isJackson(encoded.serializerId()) && isOwn(encoded.manifest())
                    ? jackson.fromBinary(encoded.payload().toByteArray(), encoded.manifest())
                    : serialization
                        .deserialize(
                            encoded.payload().toByteArray(),
                            encoded.serializerId(),
                            encoded.manifest())
                        .get());
    return messageClass.cast(decoded);
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
