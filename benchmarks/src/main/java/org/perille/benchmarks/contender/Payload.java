package org.perille.benchmarks.contender;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;

/** The content of parcels, behind the time at which they were due. */
public enum Payload {
  /** Bytes that don't compress, of the size that is asked for. They favour no compression. */
  RANDOM {
    @Override
    Supplier<byte[]> source(int bytes, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      return () -> {
        byte[] content = new byte[bytes - Long.BYTES];
        random.nextBytes(content);
        return content;
      };
    }
  },
  /** The invoices of the sample 'orders' as JSON, one after the other. */
  INVOICES {
    @Override
    Supplier<byte[]> source(int bytes, long seed) {
      List<byte[]> invoices = read();
      return new Supplier<>() {
        private int next;

        @Override
        public byte[] get() {
          return invoices.get(next++ % invoices.size());
        }
      };
    }
  };

  /** The file of the sample, by its path in the repository. */
  private static final Path FILE =
      Path.of(
          "samples/src/main/resources/org/perille/samples/orders/online-retail-invoices.csv.gz");

  /**
   * Returns a source of contents.
   *
   * @param bytes the size of a parcel, if it isn't given by the content
   */
  abstract Supplier<byte[]> source(int bytes, long seed);

  /** Returns the name on the command line and in results. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static List<byte[]> read() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(FILE)), StandardCharsets.UTF_8))) {
      return reader.lines().skip(1).map(Payload::json).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the invoices can't be read from " + FILE, e);
    }
  }

  private static byte[] json(String line) {
    String[] fields = line.split(",", -1);
    return "{\"invoice\":\"%s\",\"date\":\"%s\",\"customer\":\"%s\",\"country\":\"%s\",\"quantity\":%s,\"unitPrice\":%s}"
        .formatted((Object[]) fields)
        .getBytes(StandardCharsets.UTF_8);
  }
}
