package org.perille.internal.payload;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.TreeNode;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the first field in which a value differs from the value read back.
 *
 * <p>Classes of the application without {@code equals} are compared by their fields, if their
 * serializer writes fields. Other classes are compared by {@code equals}.
 */
final class Difference {
  /** The result of a comparison. */
  sealed interface Result {}

  /** Both values are equal. */
  record Same() implements Result {}

  /** The values differ, at this place, with a possible remedy. */
  record Found(String text, String remedy) implements Result {}

  /** The comparison is impossible. */
  record Unknown() implements Result {}

  private static final Result SAME = new Same();
  private static final Result UNKNOWN = new Unknown();

  /** The limit of depth. Deeper objects have been compared well enough, or are cyclic. */
  private static final int MAX_DEPTH = 30;

  private final boolean byFields;

  private Difference(boolean byFields) {
    this.byFields = byFields;
  }

  /**
   * Compares a value with the value read back.
   *
   * @param byFields true if the serializer writes the fields of objects
   */
  static Result between(Object value, Object back, boolean byFields) {
    try {
      return new Difference(byFields).compare(value, back, value.getClass().getSimpleName(), 0);
    } catch (Throwable e) {
      // The application's equals may throw anything, and its modules may be closed.
      return UNKNOWN;
    }
  }

  private Result compare(Object value, Object back, String path, int depth)
      throws ReflectiveOperationException {
    if (value == back || depth > MAX_DEPTH) {
      return SAME;
    }
    if (value == null || back == null) {
      return found(value, back, path);
    }
    if (value instanceof Map<?, ?> map && back instanceof Map<?, ?> other) {
      return compareMaps(map, other, path, depth);
    }
    if (value instanceof Collection<?> all && back instanceof Collection<?> others) {
      return compareCollections(all, others, path, depth);
    }
    if (isJsonTree(value) && isJsonTree(back)) {
      // Its numbers may come back as nodes of other classes, and each tree can be read.
      return SAME;
    }
    if (value.getClass() != back.getClass()) {
      return value.equals(back) ? SAME : found(value, back, path);
    }
    if (value.getClass().isArray()) {
      return compareCollections(listOf(value), listOf(back), path, depth);
    }
    if (value instanceof Optional<?> one && back instanceof Optional<?> other) {
      return compare(one.orElse(null), other.orElse(null), path, depth + 1);
    }
    return compareObjects(value, back, path, depth);
  }

  private Result compareObjects(Object value, Object back, String path, int depth)
      throws ReflectiveOperationException {
    Class<?> type = value.getClass();
    boolean compared = type.isRecord() || definesEquals(type);
    if (isEqual(value, back)) {
      return SAME;
    }
    if (!byFields || isOfPlatform(type)) {
      return compared ? found(value, back, path) : UNKNOWN;
    }
    // If the fields are equal, the difference is in those that it has marked as ignored.
    return compareFields(value, back, path, depth);
  }

  private Result compareFields(Object value, Object back, String path, int depth)
      throws ReflectiveOperationException {
    Result result = SAME;
    for (Class<?> type = value.getClass();
        type != null && !isOfPlatform(type);
        type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (isWritten(field)) {
          field.setAccessible(true);
          Result one =
              compare(field.get(value), field.get(back), path + "." + field.getName(), depth + 1);
          if (one instanceof Found) {
            return one;
          }
          result = one instanceof Unknown ? one : result;
        }
      }
    }
    return result;
  }

  private static boolean isWritten(Field field) {
    int modifiers = field.getModifiers();
    JsonIgnoreProperties ignored =
        field.getDeclaringClass().getAnnotation(JsonIgnoreProperties.class);
    return !Modifier.isStatic(modifiers)
        && !Modifier.isTransient(modifiers)
        && !field.isSynthetic()
        && !field.isAnnotationPresent(JsonIgnore.class)
        && (ignored == null || !Arrays.asList(ignored.value()).contains(field.getName()));
  }

  private Result compareMaps(Map<?, ?> map, Map<?, ?> other, String path, int depth)
      throws ReflectiveOperationException {
    if (map.size() != other.size()) {
      return found(map, other, path);
    }
    Result result = SAME;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String at = path + "[" + entry.getKey() + "]";
      if (!other.containsKey(entry.getKey())) {
        return definesEquals(entry.getKey().getClass()) || entry.getKey() instanceof Record
            ? new Found(
                "%s is missing, because its key is read back as another value".formatted(at),
                "use keys of a map whose toString can be read back")
            : UNKNOWN;
      }
      Result one = compare(entry.getValue(), other.get(entry.getKey()), at, depth + 1);
      if (one instanceof Found) {
        return one;
      }
      result = one instanceof Unknown ? one : result;
    }
    return result;
  }

  private Result compareCollections(Collection<?> all, Collection<?> others, String path, int depth)
      throws ReflectiveOperationException {
    if (all.size() != others.size()) {
      return found(all, others, path);
    }
    if (all instanceof Set<?> set && others instanceof Set<?> otherSet) {
      // Without an order only equals can decide; without equals only the bytes can.
      return set.equals(otherSet)
          ? SAME
          : all.stream().allMatch(e -> e == null || definesEquals(e.getClass()))
              ? found(all, others, path)
              : UNKNOWN;
    }
    Result result = SAME;
    Iterator<?> other = others.iterator();
    int index = 0;
    for (Object element : all) {
      Result one = compare(element, other.next(), path + "[" + index++ + "]", depth + 1);
      if (one instanceof Found) {
        return one;
      }
      result = one instanceof Unknown ? one : result;
    }
    return result;
  }

  private static List<Object> listOf(Object array) {
    Object[] elements = new Object[Array.getLength(array)];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = Array.get(array, i);
    }
    return Arrays.asList(elements);
  }

  private static boolean isEqual(Object value, Object back) {
    if (value instanceof BigDecimal one && back instanceof BigDecimal other) {
      return one.compareTo(other) == 0;
    }
    if (value instanceof ZonedDateTime one && back instanceof ZonedDateTime other) {
      return one.toOffsetDateTime().equals(other.toOffsetDateTime())
          && one.getZone().normalized().equals(other.getZone().normalized());
    }
    return definesEquals(value.getClass()) && value.equals(back);
  }

  private static boolean definesEquals(Class<?> type) {
    try {
      return type.getMethod("equals", Object.class).getDeclaringClass() != Object.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  /** Jackson 3 need not be on the class path. */
  private static boolean isJsonTree(Object value) {
    return value instanceof TreeNode
        || value.getClass().getName().startsWith("tools.jackson.databind.node.");
  }

  private static boolean isOfPlatform(Class<?> type) {
    return type.isEnum()
        || type.getName().startsWith("java.")
        || type.getName().startsWith("javax.")
        || type.getName().startsWith("scala.")
        || type.getName().startsWith("org.apache.pekko.");
  }

  private static Result found(Object value, Object back, String path) {
    String text = "%s was %s, and is %s".formatted(path, describe(value), describe(back));
    if (back == null) {
      return new Found(
          text,
          "it isn't written or not read: annotate it with @JsonProperty, or with @JsonIgnore if it is meant to be left out");
    }
    // A value without its class in the bytes becomes a Scala collection, by Pekko's modules.
    if (back instanceof Map<?, ?> || back.getClass().getName().startsWith("scala.collection.")) {
      return new Found(
          text,
          "the class of a generic field (T, Object, a raw type) isn't stored: declare its class (for a codec with a type reference), or annotate it with @JsonTypeInfo");
    }
    return new Found(text, "declare its class, or correct its Jackson annotations");
  }

  private static String describe(Object value) {
    return value == null
        ? "null"
        : "'%s' (%s)".formatted(shortened(value), value.getClass().getName());
  }

  private static String shortened(Object value) {
    String text = String.valueOf(value);
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }
}
