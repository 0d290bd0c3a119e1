package org.perille.samples.payments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The facts that only a node can report at the end: the contents of the topics, and the accounts.
 */
record Audit(long requestsStored, long bookingsStored, Map<String, Account> accounts) {
  private static final Pattern TAB = Pattern.compile("\t");

  Audit {
    accounts = Map.copyOf(accounts);
  }

  /** Writes the audit to a file, atomically. */
  void write(Path directory) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(requestsStored + "\t" + bookingsStored);
    accounts.forEach(
        (name, account) ->
            lines.add(
                "%s\t%d\t%d\t%d"
                    .formatted(
                        name, account.balanceInCents(), account.booked(), account.refused())));
    Path part = Files.write(directory.resolve("audit.part"), lines);
    Files.move(part, directory.resolve("audit"), StandardCopyOption.ATOMIC_MOVE);
  }

  static Audit read(Path directory) throws IOException {
    List<String> lines = Files.readAllLines(directory.resolve("audit"));
    String[] stored = TAB.split(lines.get(0), -1);
    Map<String, Account> accounts = new HashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] f = TAB.split(line, -1);
      accounts.put(
          f[0], new Account(Long.parseLong(f[1]), Long.parseLong(f[2]), Long.parseLong(f[3])));
    }
    return new Audit(Long.parseLong(stored[0]), Long.parseLong(stored[1]), accounts);
  }
}
