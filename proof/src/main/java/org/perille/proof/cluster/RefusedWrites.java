package org.perille.proof.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The number of writes that a PostgreSQL server has refused because it is read-only. */
final class RefusedWrites {
  private static final Pattern REFUSED =
      Pattern.compile("\\[(\\d+)\\] ERROR: .* in a read-only transaction");

  private RefusedWrites() {}

  /** Returns the number for each session in the log of a server. */
  static Map<String, Integer> bySession(Path log) throws IOException {
    Map<String, Integer> refused = new HashMap<>();
    for (String line : Files.readAllLines(log)) {
      Matcher matcher = REFUSED.matcher(line);
      if (matcher.find()) {
        refused.merge(matcher.group(1), 1, Integer::sum);
      }
    }
    return refused;
  }
}
