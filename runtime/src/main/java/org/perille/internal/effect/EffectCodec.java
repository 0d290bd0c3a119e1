package org.perille.internal.effect;

import java.io.NotSerializableException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.internal.failure.UserCode;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.payload.PayloadCodec.Encoded;

/** Serializes and deserializes the application's events, states and replies. */
public final class EffectCodec {
  private final PayloadCodec<Object> payloads;

  /** The classes of states that can be stored. */
  private final Set<Class<?>> readable = ConcurrentHashMap.newKeySet();

  public EffectCodec(ActorSystem<?> system) {
    this.payloads = new PayloadCodec<>(system, Object.class);
  }

  /**
   * Serializes a value. Throws if no serializer accepts it, or if it changes when it is read back.
   */
  public Encoded encode(Object value) {
    try {
      return payloads.encodeReadable(value);
    } catch (NotSerializableException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** Throws if a value of this class can't be stored, or changes when it is read back. */
  void requireReadable(Object value) {
    if (readable.add(value.getClass())) {
      boolean good = false;
      try {
        encode(value);
        good = true;
      } finally {
        if (!good) {
          readable.remove(value.getClass());
        }
      }
    }
  }

  /**
   * Deserializes a value. Throws an {@link UnreadableValueException} if no serializer can.
   *
   * @param what the kind of the value, human-readable
   */
  public Object decode(Encoded encoded, String what) {
    try {
      return payloads.decode(encoded);
    } catch (RuntimeException e) {
      throw new UnreadableValueException(
          "the stored %s (serializer %d, manifest '%s', %d bytes) can't be read; bind a serializer that can in pekko.actor.serialization-bindings, or add a Jackson migration for it: %s"
              .formatted(
                  what,
                  encoded.serializerId(),
                  encoded.manifest(),
                  encoded.payload().size(),
                  UserCode.messageOf(e)),
          e);
    }
  }

  /** The failure of a stored value that the application's serializers can't read. */
  static final class UnreadableValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableValueException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
