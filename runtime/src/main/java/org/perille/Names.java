package org.perille;

import java.util.regex.Pattern;

/** The validity of names and keys, which become parts of actor paths and persistence ids. */
final class Names {
  private static final int MAX_LENGTH = 100;
  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9_.-]+");

  private Names() {}

  static String requireValid(String kind, String name) {
    if (name == null || name.length() > MAX_LENGTH || !ALLOWED.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "%s name %s is not valid: use 1 to %d of the characters A-Z a-z 0-9 - _ ."
              .formatted(kind, name == null ? "null" : "'" + name + "'", MAX_LENGTH));
    }
    return name;
  }
}
