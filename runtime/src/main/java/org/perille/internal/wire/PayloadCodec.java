package org.perille.internal.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.NotSerializableException;
import java.util.concurrent.Callable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.serialization.DisabledJavaSerializer;
import org.apache.pekko.serialization.JavaSerializer;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.perille.internal.log.LogMessage;

/**
 * Turns the messages of a topic into bytes and back, with whatever serializer the application's
 * Pekko configuration binds to their class.
 */
public final class PayloadCodec<T> {
  /** A message as bytes. */
  public record Encoded(int serializerId, String manifest, ByteString payload) {}

  private final Serialization serialization;
  private final Class<T> messageClass;

  public PayloadCodec(ActorSystem<?> system, Class<T> messageClass) {
    this.serialization = SerializationExtension.get(system);
    this.messageClass = messageClass;
  }

  /**
   * Makes the bytes.
   *
   * @throws NotSerializableException if no serializer, or only Java's, takes the class
   */
  public Encoded encode(T message) throws NotSerializableException {
    Serializer serializer = serializer(message.getClass());
    return new Encoded(
        serializer.identifier(),
        Serializers.manifestFor(serializer, message),
        UnsafeByteOperations.unsafeWrap(
            withoutHiddenExceptions(() -> serializer.toBinary(message))));
  }

  /**
   * The serializer that is bound to a class.
   *
   * @throws NotSerializableException if there is none, or only Java's
   */
  public Serializer serializer(Class<?> type) throws NotSerializableException {
    Serializer serializer = serialization.serializerFor(type);
    if (serializer instanceof JavaSerializer || serializer instanceof DisabledJavaSerializer) {
      throw new NotSerializableException(
          "only Java serialization is bound to "
              + type.getName()
              + ": let it implement org.perille.PerilleMessage, or bind a serializer to it in pekko.actor.serialization-bindings");
    }
    return serializer;
  }

  /** Makes the message; throws a runtime exception if that is impossible. */
  public T decode(LogMessage message) {
    return decode(new Encoded(message.serializerId(), message.manifest(), message.payload()));
  }

  /** Makes the message; throws a runtime exception if that is impossible. */
  public T decode(Encoded encoded) {
    Object decoded =
        withoutHiddenExceptions(
            () ->
                serialization
                    .deserialize(
                        encoded.payload().toByteArray(), encoded.serializerId(), encoded.manifest())
                    .get());
    return messageClass.cast(decoded);
  }

  /**
   * Serializers are written in Scala, which throws checked exceptions that Java isn't told of (of a
   * class that is gone, or of JSON that doesn't fit): whoever expects runtime exceptions gets them.
   */
  private static <R> R withoutHiddenExceptions(Callable<R> serialization) {
    try {
      return serialization.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
