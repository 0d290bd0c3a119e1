package org.perille.samples.shop.launch;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.perille.samples.launch.WrongUseException;

/** The command line's options. */
record Options(int nodes, int orders, boolean crash, int port, Optional<Path> data, boolean help) {
  static final String USAGE =
      """
      A shop on Spring Boot: an order is placed on a web page, paid once, and confirmed by mail.

      samples/run shop [options]

        --nodes N     1 on embedded H2 (default), 2 to 5 on an embedded PostgreSQL
        --orders N    customers place N orders, 1 to 100,000; then the sample reconciles orders,
                      payments and mails, and ends. Without it, the shop is open until Ctrl+C
        --crash       nodes are killed at random while customers place orders (default: 300)
        --port P      port of the first node's page, 1 to 65000 (default 8080); the next node has
                      the next port
        --data DIR    store the data in DIR, and continue with those in it; by default the data
                      are in a temporary directory that is deleted at the end
        --help        this text

      Exit status: 0 if everything adds up, 1 if it doesn't, 2 for wrong options.""";

  private static final int ORDERS_OF_A_CRASH_RUN = 300;
  private static final int LEAST_ORDERS_OF_A_CRASH_RUN = 20;

  static Options parse(List<String> arguments) {
    int nodes = 1;
    int orders = 0;
    boolean crash = false;
    int port = 8080;
    Optional<Path> data = Optional.empty();
    boolean help = false;
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String name = rest.next();
      switch (name) {
        case "--nodes" -> nodes = number(name, rest, 5);
        case "--orders" -> orders = number(name, rest, 100_000);
        case "--crash" -> crash = true;
        case "--port" -> port = number(name, rest, 65_000);
        case "--data" -> data = Optional.of(Path.of(value(name, rest)));
        case "--help", "-h" -> help = true;
        default -> throw new WrongUseException("unknown option '" + name + "'; see --help");
      }
    }
    int all = crash && orders == 0 ? ORDERS_OF_A_CRASH_RUN : orders;
    if (crash && all < LEAST_ORDERS_OF_A_CRASH_RUN) {
      throw new WrongUseException(
          "--crash needs %d orders or more; see --help".formatted(LEAST_ORDERS_OF_A_CRASH_RUN));
    }
    return new Options(nodes, all, crash, port, data, help);
  }

  private static int number(String name, Iterator<String> rest, int most) {
    String value = value(name, rest);
    try {
      int number = Integer.parseInt(value);
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with numbers out of range.
    }
    throw new WrongUseException(
        "%s is '%s': use a number from 1 to %d; see --help".formatted(name, value, most));
  }

  private static String value(String name, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new WrongUseException(name + " needs a value; see --help");
    }
    return rest.next();
  }
}
