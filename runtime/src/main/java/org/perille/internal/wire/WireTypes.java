package org.perille.internal.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.perille.internal.log.LogMessage;

/** The types that are stored or sent, with their manifests, writers and readers. */
final class WireTypes {
  /** Parses a message; separate from {@link Function} because parsing may fail. */
  @FunctionalInterface
  interface Reader {
    Object read(byte[] bytes) throws InvalidProtocolBufferException;
  }

  private record Entry<T>(Function<T, String> manifest, Function<T, MessageLite> writer) {}

  private final Map<Class<?>, Entry<?>> writers = new HashMap<>();
  private final Map<String, Reader> readers = new HashMap<>();

  <T> void register(
      Class<T> type, String manifest, Function<T, MessageLite> writer, Reader reader) {
    writers.put(type, new Entry<T>(object -> manifest, writer));
    readers.put(manifest, reader);
  }

  /** The contents of a value that earlier versions don't know, and must refuse. */
  enum Variant {
    NONE(""),
    /** Without compression a version would read messages without payloads. */
    COMPRESSED("-compressed"),
    /**
     * Without conditions a version would store what must be refused. Messages may be compressed
     * too.
     */
    CONDITIONAL("-conditional");

    private final String suffix;

    Variant(String suffix) {
      this.suffix = suffix;
    }

    static Variant of(List<LogMessage> messages, boolean conditional) {
      if (conditional) {
        return CONDITIONAL;
      }
      return messages.stream().anyMatch(LogMessage::isCompressed) ? COMPRESSED : NONE;
    }
  }

  /** Registers a type whose variants have manifests of their own. */
  <T> void register(
      Class<T> type,
      String manifest,
      Function<T, Variant> variants,
      Function<T, MessageLite> writer,
      Reader reader) {
    writers.put(type, new Entry<T>(object -> manifest + variants.apply(object).suffix, writer));
    for (Variant variant : Variant.values()) {
      readers.put(
          manifest + variant.suffix,
          bytes -> {
            T read = type.cast(reader.read(bytes));
            if (variants.apply(read) != variant) {
              throw new IllegalArgumentException(
                  "its manifest contradicts whether its messages are compressed or have conditions");
            }
            return read;
          });
    }
  }

  /** Returns the classes of all values. */
  Set<Class<?>> types() {
    return Collections.unmodifiableSet(writers.keySet());
  }

  @SuppressWarnings("unchecked") // registered under this class
  String manifest(Object object) {
    return ((Entry<Object>) entry(object)).manifest.apply(object);
  }

  @SuppressWarnings("unchecked") // registered under this class
  MessageLite write(Object object) {
    return ((Entry<Object>) entry(object)).writer.apply(object);
  }

  private Entry<?> entry(Object object) {
    Entry<?> entry = writers.get(object.getClass());
    if (entry == null) {
      throw new IllegalArgumentException(
          "PerilleSerializer doesn't know " + object.getClass().getName());
    }
    return entry;
  }

  /** Returns the reader of a manifest; empty if it is unknown. */
  Optional<Reader> reader(String manifest) {
    return Optional.ofNullable(readers.get(manifest));
  }
}
