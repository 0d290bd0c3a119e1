package org.perille.samples.orders;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perille.samples.launch.WrongUseException;

class InvoiceFileTest {
  private static final String HEADER =
      "InvoiceNo,InvoiceDate,CustomerID,Country,Quantity,UnitPrice\n";

  @TempDir private Path directory;

  @Test
  void a_row_becomes_an_order_named_after_its_invoice_and_line() {
    assertThat(order(7, "536365,12/1/2010 8:26,17850,United Kingdom,40,3.91"))
        .isEqualTo(
            new Order.OrderPlaced(
                "536365-7",
                "17850",
                "United Kingdom",
                LocalDateTime.of(2010, 12, 1, 8, 26),
                40,
                new BigDecimal("3.91")));
  }

  @Test
  void an_invoice_that_begins_with_C_is_a_cancellation() {
    assertThat(order(1, "C536379,12/1/2010 9:41,14527,United Kingdom,-1,27.5"))
        .isInstanceOf(Order.OrderCancelled.class);
  }

  @Test
  void two_rows_of_one_invoice_are_two_orders() {
    assertThat(order(131, "536591,12/1/2010 16:57,14606,United Kingdom,81,2.7826").id())
        .isNotEqualTo(order(132, "536591,12/1/2010 16:58,14606,United Kingdom,12,3.89").id());
  }

  @Test
  void a_blank_customer_is_left_to_the_publisher_to_refuse() {
    assertThat(order(1, "536414,12/1/2010 11:52,(blank),United Kingdom,56,1").customer()).isEmpty();
  }

  @Test
  void a_price_of_nothing_is_left_to_payment() {
    assertThat(order(1, "543599,2/10/2011 13:08,17560,United Kingdom,16,0").unitPrice())
        .isEqualByComparingTo("0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                              | not 6 fields",
        "1,12/1/2010 8:26,c,\"Korea, Republic of\",1,1   | not 6 fields",
        "A563185,8/12/2011 14:50,c,UK,1,11062.06         | no invoice number",
        "123456789012345678901,8/12/2011 14:50,c,UK,1,1  | no invoice number",
        "1,2/30/2011 8:26,c,UK,1,1                       | no date",
        "1,13/1/2011 8:26,c,UK,1,1                       | no date",
        "1,12/1/2010 24:00,c,UK,1,1                      | no date",
        "1,2010-12-01T08:26,c,UK,1,1                     | no date",
        "1,12/1/2010 8:26,c\0,UK,1,1                     | no name",
        "1,12/1/2010 8:26,c,,1,1                        | no country",
        "1,12/1/2010 8:26,c,UK,1e3,1                     | no number",
        "1,12/1/2010 8:26,c,UK,9999999999,1              | no number",
        "1,12/1/2010 8:26,c,UK,1,free                    | no number",
        "1,12/1/2010 8:26,c,UK,0,1                       | orders nothing",
        "1,12/1/2010 8:26,c,UK,-1,1                      | orders nothing",
        "C1,12/1/2010 8:26,c,UK,1,1                      | cancels nothing",
      })
  void a_row_that_is_no_order_says_why(String row, String reason) {
    assertThat(InvoiceFile.parse(1, row)).isEqualTo(new InvoiceFile.Invalid(1, reason));
  }

  @Test
  void a_name_that_no_table_could_take_is_refused() {
    assertThat(InvoiceFile.parse(1, "1,12/1/2010 8:26," + "x".repeat(51) + ",UK,1,1"))
        .isEqualTo(new InvoiceFile.Invalid(1, "no name"));
  }

  @Test
  void the_built_in_file_is_what_its_description_says() {
    try (Stream<InvoiceFile.Line> lines = InvoiceFile.of(Optional.empty()).lines()) {
      List<InvoiceFile.Line> all = lines.toList();
      assertThat(all).hasSize(25_943);
      assertThat(all.stream().filter(InvoiceFile.Valid.class::isInstance)).hasSize(24_604);
    }
  }

  @Test
  void a_zipped_file_is_read_whatever_its_name_is() throws IOException {
    String text = HEADER + "536365,12/1/2010 8:26,17850,United Kingdom,40,3.91\r\n";
    InvoiceFile plain = InvoiceFile.of(Optional.of(file("plain.gz", text.getBytes(UTF_8))));
    InvoiceFile zipped = InvoiceFile.of(Optional.of(file("zipped.csv", zip(text))));
    assertThat(zipped.fingerprint()).isEqualTo(plain.fingerprint());
    assertThat(zipped.linesAfter(0)).toIterable().hasSize(1);
  }

  @Test
  void a_file_that_cannot_be_used_says_which_it_is_and_why() throws IOException {
    assertUnusable(directory.resolve("absent.csv"), "absent.csv' does not exist");
    assertUnusable(directory, "can't be read");
    assertUnusable(file("empty.csv", new byte[0]), "empty.csv' is empty");
    assertUnusable(file("other.csv", "a,b\n".getBytes(UTF_8)), "starts with 'a,b'");
    assertUnusable(file("header.csv", HEADER.getBytes(UTF_8)), "has no invoices");
    byte[] zipped = zip(HEADER + "1,12/1/2010 8:26,c,UK,1,1\n".repeat(1000));
    assertUnusable(file("cut.gz", Arrays.copyOf(zipped, zipped.length - 20)), "is damaged");
    assertUnusable(file("bad.gz", new byte[] {0x1f, (byte) 0x8b, 1, 2}), "can't be read");
  }

  private static void assertUnusable(Path path, String why) {
    assertThatThrownBy(() -> InvoiceFile.of(Optional.of(path)).fingerprint())
        .isInstanceOf(WrongUseException.class)
        .hasMessageContaining(why)
        .hasMessageContaining(path.getFileName().toString());
  }

  private static Order order(long number, String row) {
    assertThat(InvoiceFile.parse(number, row)).isInstanceOf(InvoiceFile.Valid.class);
    return ((InvoiceFile.Valid) InvoiceFile.parse(number, row)).order();
  }

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content);
  }

  private static byte[] zip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
      zip.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }
}
