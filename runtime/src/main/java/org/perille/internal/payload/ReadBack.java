package org.perille.internal.payload;

import java.lang.annotation.Annotation;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Optional;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.jackson.JacksonSerializer;
import org.perille.Codec;

/**
 * Checks that a value is equal after it was serialized and read back.
 *
 * <p>Otherwise only the handler would detect a value that its serializer can't read, or reads
 * differently, when it is already stored.
 */
final class ReadBack {
  /** A serialization of a value. */
  interface Encoding {
    byte[] encode(Object value);
  }

  private final boolean byFields;
  private final Optional<String> codec;

  private ReadBack(boolean byFields, Optional<String> codec) {
    this.byFields = byFields;
    this.codec = codec;
  }

  /** Returns the check of values that a codec writes. */
  static ReadBack of(Codec<?> codec) {
    return new ReadBack(codec.writesFields(), Optional.of(codec.name()));
  }

  /** Returns the check of values that a serializer of Pekko writes. */
  static ReadBack of(Serializer serializer) {
    return new ReadBack(serializer instanceof JacksonSerializer, Optional.empty());
  }

  /** Explains why a value could not be read back. */
  ReadBackException unreadable(Object value, Throwable failure) {
    return new ReadBackException(
        "a value of %s can be serialized, but not read back: %s; %s"
            .formatted(value.getClass().getName(), failure.getMessage(), remedy(value, failure)),
        failure);
  }

  /**
   * Requires that a value is equal to the value read back, as far as that can be decided.
   *
   * <p>They are compared by their fields or their {@code equals}; otherwise by the bytes, if the
   * serializer is deterministic.
   *
   * @throws ReadBackException if they differ
   */
  void requireSame(Object value, Object back, Encoding encoding) {
    Difference.Result result = Difference.between(value, back, byFields);
    if (result instanceof Difference.Found found) {
      throw changed(
          value,
          found.text(),
          codec
              .filter(name -> !byFields)
              .map("correct codec '%s', or equals of the class"::formatted)
              .orElse(found.remedy()));
    }
    if (result instanceof Difference.Unknown) {
      byte[] first = encoding.encode(value);
      // Encrypted or compressed bytes may differ each time, and prove nothing.
      if (Arrays.equals(first, encoding.encode(value))
          && !Arrays.equals(first, encoding.encode(back))) {
        throw changed(
            value,
            "the value read back is serialized as different bytes",
            "find fields that its serializer or codec doesn't write, or reads differently");
      }
    }
  }

  private static ReadBackException changed(Object value, String difference, String remedy) {
    return new ReadBackException(
        "a value of %s changes when it is serialized and read back: %s; %s"
            .formatted(value.getClass().getName(), difference, remedy),
        null);
  }

  private String remedy(Object value, Throwable failure) {
    if (codec.isPresent() && !byFields) {
      return "correct decode of codec '%s'".formatted(codec.get());
    }
    String text = String.valueOf(failure.getMessage());
    if (isKotlin(value.getClass())) {
      return codec.isPresent()
          ? "for Kotlin classes add jackson-module-kotlin to the class path: of com.fasterxml.jackson.module for Jackson 2, of tools.jackson.module for Jackson 3"
          : "for Kotlin classes add com.fasterxml.jackson.module:jackson-module-kotlin, and pekko.serialization.jackson.jackson-modules += \"com.fasterxml.jackson.module.kotlin.KotlinModule\"";
    }
    if (text.contains("abstract types") || text.contains("subtype") || text.contains("type id")) {
      return "annotate the interface or abstract class with @JsonTypeInfo(use = JsonTypeInfo.Id.NAME) and @JsonSubTypes, so that the class of the value is stored";
    }
    if (text.contains("Creator") || text.contains("onstruct")) {
      return "make it a record, or give it one constructor with all fields that is annotated with @JsonCreator and whose parameters have @JsonProperty";
    }
    if (Modifier.isAbstract(value.getClass().getModifiers())
        || value.getClass().isAnonymousClass()) {
      return "use a named class instead of an anonymous one";
    }
    return codec.isPresent()
        ? "correct its Jackson annotations, or give its topic another codec"
        : "correct its Jackson annotations, or bind another serializer to it in pekko.actor.serialization-bindings";
  }

  private static boolean isKotlin(Class<?> type) {
    return Optional.of(type.getAnnotations()).stream()
        .flatMap(Arrays::stream)
        .map(Annotation::annotationType)
        .anyMatch(annotation -> annotation.getName().equals("kotlin.Metadata"));
  }
}
