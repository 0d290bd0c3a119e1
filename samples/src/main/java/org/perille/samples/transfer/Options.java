package org.perille.samples.transfer;

import java.util.Iterator;
import java.util.List;
import org.perille.samples.launch.WrongUseException;

/** The command line's options. */
record Options(int accounts, int transfers, int kills, int seed, boolean naive, boolean help) {
  static final String USAGE =
      """
      A bank on a cluster of three processes and an embedded PostgreSQL. Each transfer is a
      transaction: the debit of one account and the credit of another, all or none. Nodes are
      killed and started again. An auditor watches for transfers of which only half is there. At
      the end the money in the bank must be what it was.

      samples/run transfer [options]

        --naive         make each transfer by two publishes, and show what that loses
        --transfers N   transfers to make: 100 to 1,000,000 (default 6,000)
        --accounts N    accounts: 2 to 100,000 (default 1,000)
        --kills N       number of kills (kill -9): 0 to 50 (default 3)
        --seed N        seed of the transfers and the kills: 0 to 1,000,000 (default 1)
        --help          this text

      Exit status: 0 if no money is lost or made, no half remains and no balance was below zero;
      with --naive, 0 if the lost money is exactly that of the halves. 1 otherwise; 2 for wrong
      options.""";

  static final Options DEFAULT = new Options(1_000, 6_000, 3, 1, false, false);

  static Options parse(List<String> arguments) {
    Options options = DEFAULT;
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String name = rest.next();
      options =
          switch (name) {
            case "--help", "-h" ->
                new Options(
                    options.accounts,
                    options.transfers,
                    options.kills,
                    options.seed,
                    options.naive,
                    true);
            case "--naive" -> options.with(options.accounts, options.transfers, options.seed, true);
            case "--transfers" ->
                options.with(
                    options.accounts,
                    number(name, rest, 100, 1_000_000),
                    options.seed,
                    options.naive);
            case "--accounts" ->
                options.with(
                    number(name, rest, 2, 100_000), options.transfers, options.seed, options.naive);
            case "--kills" -> options.withKills(number(name, rest, 0, 50));
            case "--seed" ->
                options.with(
                    options.accounts,
                    options.transfers,
                    number(name, rest, 0, 1_000_000),
                    options.naive);
            default -> throw wrong("unknown option '" + name + "'");
          };
    }
    return options;
  }

  private static int number(String name, Iterator<String> rest, int least, int most) {
    if (!rest.hasNext()) {
      throw wrong(name + " needs a value");
    }
    String value = rest.next();
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with numbers out of range.
    }
    throw wrong("%s is '%s': use a number from %d to %d".formatted(name, value, least, most));
  }

  private static WrongUseException wrong(String message) {
    return new WrongUseException(message + "; see --help");
  }

  Options with(int givenAccounts, int givenTransfers, int givenSeed, boolean givenNaive) {
    return new Options(givenAccounts, givenTransfers, kills, givenSeed, givenNaive, help);
  }

  private Options withKills(int number) {
    return new Options(accounts, transfers, number, seed, naive, help);
  }

  Plan plan() {
    return new Plan(accounts, transfers, seed);
  }
}
