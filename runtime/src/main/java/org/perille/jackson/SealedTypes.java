package org.perille.jackson;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.lang.reflect.Modifier;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names of the classes that a sealed type permits, for both versions of Jackson.
 *
 * <p>A sealed type without {@code @JsonTypeInfo} is stored with the property {@value #PROPERTY}:
 * the simple name of the class, or that of its {@code @JsonTypeName}. The property and the names
 * are a part of the stored form.
 */
final class SealedTypes {
  private static final String PROPERTY = "@type";

  /** The annotation that sealed types are treated as if they had it. */
  static final JsonTypeInfo.Value TYPE_INFO =
      JsonTypeInfo.Value.construct(
          JsonTypeInfo.Id.NAME, JsonTypeInfo.As.PROPERTY, PROPERTY, null, false, null);

  private SealedTypes() {}

  /** Returns whether a type is a sealed one of the application. Enums may be sealed, too. */
  static boolean isSealed(Class<?> type) {
    return type.isSealed() && !type.isEnum() && !type.getName().startsWith("java.");
  }

  /**
   * Returns the classes that a sealed type permits, directly or indirectly, with their names.
   *
   * @throws IllegalArgumentException if two of them have the same name
   */
  static Map<String, Class<?>> permitted(Class<?> sealed) {
    Map<String, Class<?>> permitted = new LinkedHashMap<>();
    addPermitted(sealed, sealed, permitted);
    return permitted;
  }

  private static void addPermitted(
      Class<?> sealed, Class<?> type, Map<String, Class<?>> permitted) {
    if (!Modifier.isAbstract(type.getModifiers())) {
      Class<?> other = permitted.putIfAbsent(nameOf(type), type);
      if (other != null && other != type) {
        throw new IllegalArgumentException(
            "%s permits two classes that are called '%s', %s and %s: give one of them another name by @JsonTypeName"
                .formatted(sealed.getName(), nameOf(type), other.getName(), type.getName()));
      }
    }
    if (isSealed(type)) {
      for (Class<?> one : type.getPermittedSubclasses()) {
        addPermitted(sealed, one, permitted);
      }
    }
  }

  private static String nameOf(Class<?> type) {
    JsonTypeName name = type.getAnnotation(JsonTypeName.class);
    return name == null || name.value().isEmpty() ? type.getSimpleName() : name.value();
  }
}
