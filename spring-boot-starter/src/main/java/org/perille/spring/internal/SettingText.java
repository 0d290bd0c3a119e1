package org.perille.spring.internal;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;
import org.springframework.util.unit.DataSize;

/**
 * The text of a setting, as Perille reads it.
 *
 * <p>YAML reads {@code on} and {@code off} as booleans, also where {@code off} is one of several
 * values. Spring's users also write durations as {@code PT5S}.
 */
final class SettingText {
  private static final Pattern DURATION =
      Pattern.compile("\\d+ *(ms|s|m|h|d|minutes?|seconds?|hours?|days?)");

  private SettingText() {}

  /**
   * Returns the text of a value.
   *
   * @param given the value, as its source has it; placeholders are replaced
   * @param usual the default of the setting, by which its type is known
   */
  static String of(Object given, Object usual) {
    if (given instanceof Boolean on) {
      return on ? "on" : "off";
    }
    if (given instanceof Duration duration) {
      return milliseconds(duration);
    }
    if (given instanceof DataSize size) {
      return size.toBytes() + " B";
    }
    String text = String.valueOf(given).trim();
    if (!DURATION.matcher(String.valueOf(usual)).matches()) {
      return text;
    }
    if (text.equals("false")) {
      return "off";
    }
    return text.startsWith("P") || text.startsWith("p") ? iso(text) : text;
  }

  private static String iso(String text) {
    try {
      return milliseconds(Duration.parse(text));
    } catch (DateTimeParseException e) {
      // Perille refuses it, with the name of the setting.
      return text;
    }
  }

  private static String milliseconds(Duration duration) {
    return duration.toMillis() + " ms";
  }
}
