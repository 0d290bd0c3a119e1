package org.perille.samples.shop.launch;

import java.util.HashSet;
import java.util.Set;
import org.perille.samples.shop.Books;

/** Compares the accepted orders with the tables. */
record Reconciliation(int accepted, int lost, Books.Summary found) {
  static Reconciliation of(Set<String> accepted, Books books) {
    Set<String> lost = new HashSet<>(accepted);
    lost.removeAll(books.ids());
    return new Reconciliation(accepted.size(), lost.size(), books.summary());
  }

  boolean addsUp() {
    return lost == 0
        && found.isHandled()
        && found.paidTwice() == 0
        && found.paidForNothing() == 0
        && found.mailedForNothing() == 0;
  }

  String text() {
    return String.join(
        "\n",
        line("orders accepted by HTTP", accepted),
        line("  of them lost", lost),
        line("orders in the database", found.orders()),
        line("  without a payment", found.unpaid()),
        line("  with two payments or more", found.paidTwice()),
        line("  without a mail", found.notMailed()),
        line("payments without an order", found.paidForNothing()),
        line("mails without an order", found.mailedForNothing()),
        line("mails sent again after a crash", found.mailedAgain()),
        addsUp() ? "Everything adds up." : "It does not add up.");
  }

  private static String line(String name, long number) {
    return "%-32s %,8d".formatted(name, number);
  }
}
