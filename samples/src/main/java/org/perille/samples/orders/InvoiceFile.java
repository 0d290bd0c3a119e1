package org.perille.samples.orders;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.perille.samples.launch.WrongUseException;

/** Reads invoices, plain or gzipped, line by line, in constant memory. */
final class InvoiceFile {
  private static final String HEADER =
      "InvoiceNo,InvoiceDate,CustomerID,Country,Quantity,UnitPrice";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("M/d/uuuu H:mm").withResolverStyle(ResolverStyle.STRICT);

  // A field that no table can store would be retried without end, so it is refused before
  // publishing.
  private static final Pattern INVOICE = Pattern.compile("C?[0-9]{1,20}");
  private static final Pattern DATE_FORM =
      Pattern.compile("[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}");
  private static final Pattern NAME =
      Pattern.compile("\\P{Cntrl}{0,50}", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern QUANTITY = Pattern.compile("[-+]?[0-9]{1,9}");
  private static final Pattern UNIT_PRICE = Pattern.compile("[-+]?[0-9]{1,9}(\\.[0-9]{1,9})?");
  private static final String BUILT_IN = "online-retail-invoices.csv.gz";

  /** A line after the header, counted from 1. */
  sealed interface Line {
    long number();
  }

  /** A line with the form of an order. */
  record Valid(long number, Order order) implements Line {}

  /** A line that isn't an order, and the reason. */
  record Invalid(long number, String reason) implements Line {}

  private final Optional<Path> path;

  private InvoiceFile(Optional<Path> path) {
    this.path = path;
  }

  /** Returns the given file, or the one that is part of the sample. */
  static InvoiceFile of(Optional<Path> path) {
    return new InvoiceFile(path);
  }

  /**
   * Reads the file to its end, so that a wrong or damaged file is an error before anything starts.
   *
   * @return the SHA-256 of its lines, which identifies the file
   */
  String fingerprint() {
    MessageDigest digest = sha256();
    long count = 0;
    try (Stream<RawLine> lines = rawLines()) {
      for (RawLine line : (Iterable<RawLine>) lines::iterator) {
        digest.update(line.text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
        count++;
      }
    } catch (UncheckedIOException e) {
      throw new WrongUseException(
          "%s is damaged after line %d: %s".formatted(this, count, e.getCause().getMessage()));
    }
    if (count == 0) {
      throw new WrongUseException(this + " has no invoices");
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Returns all lines. The caller closes the stream. */
  Stream<Line> lines() {
    return rawLines().map(line -> parse(line.number, line.text));
  }

  /** A line as text. */
  record RawLine(long number, String text) {}

  Stream<RawLine> rawLines() {
    BufferedReader reader = open();
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

  /** Returns the lines after a number, for a source that is read once. */
  Iterator<Line> linesAfter(long number) {
    return lines().skip(number).iterator();
  }

  private BufferedReader open() {
    try {
      BufferedReader reader =
          new BufferedReader(new InputStreamReader(unzipped(), StandardCharsets.UTF_8));
      String header = reader.readLine();
      if (!HEADER.equals(header)) {
        reader.close();
        throw new WrongUseException(
            header == null
                ? this + " is empty: it should start with " + HEADER
                : "%s starts with '%.100s', not with '%s'".formatted(this, header, HEADER));
      }
      return reader;
    } catch (NoSuchFileException e) {
      throw new WrongUseException(this + " does not exist");
    } catch (IOException e) {
      throw new WrongUseException(this + " can't be read: " + e.getMessage());
    }
  }

  /**
   * Opens the file and unzips it if it starts with the magic number of gzip, whatever its name is.
   */
  private InputStream unzipped() throws IOException {
    InputStream in =
        new BufferedInputStream(path.isPresent() ? Files.newInputStream(path.get()) : builtIn());
    in.mark(2);
    boolean zipped = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return zipped ? new GZIPInputStream(in) : in;
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
    if (!INVOICE.matcher(invoice).matches()) {
      return new Invalid(number, "no invoice number");
    }
    Optional<LocalDateTime> date = date(fields.get(1));
    if (date.isEmpty()) {
      return new Invalid(number, "no date");
    }
    if (!NAME.matcher(fields.get(2)).matches() || !NAME.matcher(fields.get(3)).matches()) {
      return new Invalid(number, "no name");
    }
    if (fields.get(3).isBlank()) {
      // The country is the key of the messages that follow from the order, and a key must not be
      // empty.
      return new Invalid(number, "no country");
    }
    if (!QUANTITY.matcher(fields.get(4)).matches()
        || !UNIT_PRICE.matcher(fields.get(5)).matches()) {
      return new Invalid(number, "no number");
    }
    boolean cancelled = invoice.startsWith("C");
    long quantity = Long.parseLong(fields.get(4));
    if (cancelled ? quantity >= 0 : quantity <= 0) {
      return new Invalid(number, cancelled ? "cancels nothing" : "orders nothing");
    }
    String id = invoice + "-" + number;
    boolean nobody = fields.get(2).isBlank() || fields.get(2).equals("(blank)");
    String customer = nobody ? "" : fields.get(2);
    String country = fields.get(3);
    BigDecimal unitPrice = new BigDecimal(fields.get(5));
    return new Valid(
        number,
        cancelled
            ? new Order.OrderCancelled(id, customer, country, date.get(), quantity, unitPrice)
            : new Order.OrderPlaced(id, customer, country, date.get(), quantity, unitPrice));
  }

  private static Optional<LocalDateTime> date(String text) {
    try {
      return DATE_FORM.matcher(text).matches()
          ? Optional.of(LocalDateTime.parse(text, DATE))
          : Optional.empty();
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return path.map(p -> "'" + p + "'").orElse("the built-in file");
  }
}
