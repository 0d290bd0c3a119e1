package org.perille.samples.transfer;

import java.util.regex.Pattern;
import org.perille.Delivery;

/**
 * A booking that the auditor has seen, with its position. A booking that was delivered twice has
 * two notes with one position.
 */
record Sighting(
    int transfer, boolean debit, long cents, int partition, long offset, long atMillis) {
  /** The kind of the files with the notes. */
  static final String KIND = "seen";

  private static final Pattern TAB = Pattern.compile("\t");

  static Sighting of(Delivery<Booking> delivery, long atMillis) {
    Booking booking = delivery.payload();
    return new Sighting(
        booking.transfer(),
        booking.isDebit(),
        booking.cents(),
        delivery.partition(),
        delivery.offset(),
        atMillis);
  }

  /** Returns the note as a line of a {@link org.perille.samples.launch.Journal}. */
  String line() {
    return "%d\t%s\t%d\t%d\t%d\t%d;".formatted(transfer, debit, cents, partition, offset, atMillis);
  }

  static Sighting parse(String line) {
    String[] f = TAB.split(line, -1);
    return new Sighting(
        Integer.parseInt(f[0]),
        Boolean.parseBoolean(f[1]),
        Long.parseLong(f[2]),
        Integer.parseInt(f[3]),
        Long.parseLong(f[4]),
        Long.parseLong(f[5]));
  }

  /** Returns the position in the topic. */
  String place() {
    return partition + "/" + offset;
  }
}
