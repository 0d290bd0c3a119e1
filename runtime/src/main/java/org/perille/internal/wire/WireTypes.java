package org.perille.internal.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

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

  /**
   * Registers a type with messages that may be compressed. They have another manifest, which
   * versions without compression refuse. Otherwise these would read messages without payloads.
   */
  <T> void registerBatch(
      Class<T> type,
      String manifest,
      Predicate<T> isCompressed,
      Function<T, MessageLite> writer,
      Reader reader) {
    String compressed = manifest + "-compressed";
    writers.put(
        type, new Entry<T>(batch -> isCompressed.test(batch) ? compressed : manifest, writer));
    readers.put(manifest, bytes -> required(type, reader.read(bytes), isCompressed.negate()));
    readers.put(compressed, bytes -> required(type, reader.read(bytes), isCompressed));
  }

  private static <T> T required(Class<T> type, Object read, Predicate<T> condition) {
    T batch = type.cast(read);
    if (!condition.test(batch)) {
      throw new IllegalArgumentException(
          "its manifest contradicts whether its messages are compressed");
    }
    return batch;
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
