package org.perille.internal.wire;

import java.lang.annotation.Annotation;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Optional;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.jackson.JacksonSerializer;

/**
 * Tells whether a value is the same after it was made into bytes and read back. What a serializer
 * writes and can't read, or reads as something else, would be found out by the handler, when it is
 * too late: it is stored then.
 */
final class ReadBack {
  /** Makes bytes of a value. */
  interface Encoding {
    byte[] encode(Object value);
  }

  private ReadBack() {}

  /** Explains why a value could not be read back. */
  static ReadBackException unreadable(Object value, Throwable failure) {
    return new ReadBackException(
        "a value of %s can be serialized, and not be read back: %s; %s"
            .formatted(value.getClass().getName(), failure.getMessage(), remedy(value, failure)),
        failure);
  }

  /**
   * Makes sure that a value is the same as what was read back of it, as far as that can be told: by
   * its fields or its {@code equals}, and else by the bytes, if a serializer always makes the same.
   *
   * @throws ReadBackException if it isn't
   */
  static void requireSame(Object value, Object back, Serializer serializer, Encoding encoding) {
    Difference.Result result =
        Difference.between(value, back, serializer instanceof JacksonSerializer);
    if (result instanceof Difference.Found found) {
      throw changed(value, found.text(), found.remedy());
    }
    if (result instanceof Difference.Unknown) {
      byte[] first = encoding.encode(value);
      // What is encrypted or compressed may differ each time, and tells nothing.
      if (Arrays.equals(first, encoding.encode(value))
          && !Arrays.equals(first, encoding.encode(back))) {
        throw changed(
            value,
            "what was read back is serialized as other bytes",
            "look for fields that its serializer doesn't write, or reads differently");
      }
    }
  }

  private static ReadBackException changed(Object value, String difference, String remedy) {
    return new ReadBackException(
        "a value of %s changes when it is serialized and read back: %s; %s"
            .formatted(value.getClass().getName(), difference, remedy),
        null);
  }

  private static String remedy(Object value, Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    if (isKotlin(value.getClass())) {
      return "for Kotlin classes add com.fasterxml.jackson.module:jackson-module-kotlin, and pekko.serialization.jackson.jackson-modules += \"com.fasterxml.jackson.module.kotlin.KotlinModule\"";
    }
    if (text.contains("abstract types") || text.contains("subtype") || text.contains("type id")) {
      return "annotate the interface or abstract class with @JsonTypeInfo(use = JsonTypeInfo.Id.NAME) and @JsonSubTypes, so that the class of the value is stored";
    }
    if (text.contains("Creator") || text.contains("onstruct")) {
      return "make it a record, or give it one constructor with all fields that is annotated with @JsonCreator and whose parameters have @JsonProperty";
    }
    if (Modifier.isAbstract(value.getClass().getModifiers())
        || value.getClass().isAnonymousClass()) {
      return "use a class of its own, no anonymous one";
    }
    return "correct its Jackson annotations, or bind another serializer to it in pekko.actor.serialization-bindings";
  }

  private static boolean isKotlin(Class<?> type) {
    return Optional.of(type.getAnnotations()).stream()
        .flatMap(Arrays::stream)
        .map(Annotation::annotationType)
        .anyMatch(annotation -> annotation.getName().equals("kotlin.Metadata"));
  }
}
