package org.perille.benchmarks.compression;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.perille.PerilleMessage;

/** An invoice of the sample's data, as an application would publish it. */
interface Invoice extends PerilleMessage {
  /**
   * The file of the sample, by its path in the repository. README.md has its source and licence.
   */
  Path FILE =
      Path.of(
          "samples/src/main/resources/org/perille/samples/orders/online-retail-invoices.csv.gz");

  DateTimeFormatter DATE = DateTimeFormatter.ofPattern("M/d/uuuu H:mm");

  /** Returns the customer, who is the key. */
  String customer();

  /** An invoice as CBOR, the serialization of {@link PerilleMessage} by default. */
  record Cbor(
      String invoice,
      LocalDateTime date,
      String customer,
      String country,
      int quantity,
      BigDecimal unitPrice)
      implements Invoice {}

  /** An invoice as JSON. */
  record Json(
      String invoice,
      LocalDateTime date,
      String customer,
      String country,
      int quantity,
      BigDecimal unitPrice)
      implements Invoice {
    static Json of(Cbor other) {
      return new Json(
          other.invoice,
          other.date,
          other.customer,
          other.country,
          other.quantity,
          other.unitPrice);
    }
  }

  /** Reads all invoices of a gzipped file. */
  static List<Cbor> read(Path file) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      return reader.lines().skip(1).map(Invoice::parse).toList();
    }
  }

  private static Cbor parse(String line) {
    String[] fields = line.split(",", -1);
    return new Cbor(
        fields[0],
        LocalDateTime.parse(fields[1], DATE),
        fields[2],
        fields[3],
        Integer.parseInt(fields[4]),
        new BigDecimal(fields[5]));
  }
}
