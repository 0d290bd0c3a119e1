package org.perille.samples.orders;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Reads invoices, plain or gzipped, line by line; a file of any size takes no memory. */
final class InvoiceFile {
  private static final String HEADER =
      "InvoiceNo,InvoiceDate,CustomerID,Country,Quantity,UnitPrice";
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("M/d/yyyy H:mm");
  private static final String BUILT_IN = "online-retail-invoices.csv.gz";

  /** A line behind the header, counted from 1. */
  sealed interface Line {
    long number();
  }

  /** A line that is an order, as far as its form goes. */
  record Valid(long number, Order order) implements Line {}

  /** A line that is no order, and why. */
  record Invalid(long number, String reason) implements Line {}

  /** The file can't be read, or is of another kind. */
  static final class UnusableFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnusableFileException(String message) {
      super(message);
    }
  }

  private final Optional<Path> path;

  private InvoiceFile(Optional<Path> path) {
    this.path = path;
  }

  /** The given file, or the one that comes with the sample. */
  static InvoiceFile of(Optional<Path> path) {
    return new InvoiceFile(path);
  }

  /** Looks at the beginning, so that a wrong file is an error before anything starts. */
  void requireUsable() {
    try (Stream<RawLine> lines = rawLines()) {
      if (!lines.iterator().hasNext()) {
        throw new UnusableFileException(this + " has no invoices");
      }
    }
  }

  /** All lines; close the stream when done. */
  Stream<Line> lines() {
    return rawLines().map(line -> parse(line.number, line.text));
  }

  /** A line as it stands in the file. */
  record RawLine(long number, String text) {}

  Stream<RawLine> rawLines() {
    BufferedReader reader = open();
    try {
      String header = reader.readLine();
      if (!HEADER.equals(header)) {
        throw new UnusableFileException(
            header == null
                ? this + " is empty: it should begin with " + HEADER
                : "%s begins with '%s', not with '%s'".formatted(this, header, HEADER));
      }
    } catch (ZipException e) {
      throw new UnusableFileException(this + " is damaged: " + e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long[] number = {0};
    return reader
        .lines()
        .map(text -> new RawLine(++number[0], text))
        .onClose(
            () -> {
              try {
                reader.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /** The lines behind a number, for a source that is read once. */
  Iterator<Line> linesAfter(long number) {
    return lines().skip(number).iterator();
  }

  private BufferedReader open() {
    try {
      InputStream in = path.isPresent() ? Files.newInputStream(path.get()) : builtIn();
      boolean zipped = path.isEmpty() || path.get().toString().endsWith(".gz");
      return new BufferedReader(
          new InputStreamReader(zipped ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8));
    } catch (ZipException e) {
      throw new UnusableFileException(
          this + " is not gzipped, as its name says: " + e.getMessage());
    } catch (IOException e) {
      throw new UnusableFileException(this + " can't be read: " + e);
    }
  }

  private static InputStream builtIn() {
    return InvoiceFile.class.getResourceAsStream(BUILT_IN);
  }

  static Line parse(long number, String text) {
    List<String> fields = List.of(text.split(",", -1));
    if (fields.size() != 6) {
      return new Invalid(number, "not 6 fields");
    }
    String invoice = fields.get(0);
    boolean cancelled = invoice.startsWith("C");
    if (!invoice.matches("C?[0-9]+")) {
      return new Invalid(number, "no invoice number");
    }
    LocalDateTime date;
    long quantity;
    BigDecimal unitPrice;
    try {
      date = LocalDateTime.parse(fields.get(1), DATE);
    } catch (DateTimeParseException e) {
      return new Invalid(number, "no date");
    }
    try {
      quantity = Long.parseLong(fields.get(4));
      unitPrice = new BigDecimal(fields.get(5));
    } catch (NumberFormatException e) {
      return new Invalid(number, "no number");
    }
    if (cancelled ? quantity >= 0 : quantity <= 0) {
      return new Invalid(number, cancelled ? "cancels nothing" : "orders nothing");
    }
    String id = invoice + "-" + number;
    String customer = fields.get(2).equals("(blank)") ? "" : fields.get(2);
    return new Valid(
        number,
        cancelled
            ? new Order.OrderCancelled(id, customer, fields.get(3), date, quantity, unitPrice)
            : new Order.OrderPlaced(id, customer, fields.get(3), date, quantity, unitPrice));
  }

  @Override
  public String toString() {
    return path.map(p -> "'" + p + "'").orElse("the built-in file");
  }
}
