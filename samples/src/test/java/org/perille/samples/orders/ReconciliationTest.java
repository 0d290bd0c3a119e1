package org.perille.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Effect;
import org.perille.samples.launch.Journal;

/** Faults that the reconciliation must detect, each planted in an otherwise correct run. */
class ReconciliationTest {
  private static final String INVOICES =
      """
      InvoiceNo,InvoiceDate,CustomerID,Country,Quantity,UnitPrice
      1,12/1/2010 8:26,alice,United Kingdom,40,3.91
      2,12/1/2010 8:28,bob,France,12,1.85
      3,12/1/2010 8:30,(blank),France,12,1.85
      4,12/2/2010 8:30,alice,United Kingdom,5,0
      5,13/2/2010 8:30,alice,United Kingdom,5,1
      C1,1/1/2011 9:41,alice,United Kingdom,-40,3.91
      7,1/2/2011 9:41,carol,United Kingdom,4600,1
      8,1/2/2011 9:43,bob,France,4600,1
      9,1/2/2011 9:44,alice,United Kingdom,10,1
      10,1/2/2011 9:45,dave,France,10,6000
      C11,1/2/2011 9:46,erin,France,-1,2.5
      C12,1/2/2011 9:50,dave,France,-10,6000
      """;

  @TempDir private Path directory;
  private final Stock stock = new Stock();
  private final Map<String, Stock.Level> levels = new HashMap<>();
  private InvoiceFile file;
  private Shop shop;
  private MailProvider mails;
  private long movements;
  private long alarms;

  @BeforeEach
  void everything_is_done_right() throws Exception {
    file =
        InvoiceFile.of(Optional.of(Files.writeString(directory.resolve("invoices.csv"), INVOICES)));
    shop = new Shop("jdbc:h2:mem:" + directory.getFileName(), "sa");
    shop.createTables();
    mails = MailProvider.open(directory, Clock.systemUTC());
    Map<Long, String> refusals = new HashMap<>();
    try (Connection connection = shop.dataSource().getConnection();
        Stream<InvoiceFile.Line> lines = file.lines()) {
      for (InvoiceFile.Line line : lines.toList()) {
        if (line instanceof InvoiceFile.Invalid invalid) {
          refusals.put(line.number(), invalid.reason());
        } else if (((InvoiceFile.Valid) line).order().customer().isEmpty()) {
          refusals.put(line.number(), "no customer");
        } else {
          serve(connection, ((InvoiceFile.Valid) line).order());
        }
      }
    }
    shop.replayedUpTo(12, refusals);
    audit();
  }

  private void serve(Connection connection, Order order) throws Exception {
    charge(connection, order);
    moveStock(connection, new StockMovement(order.id(), order.country(), -order.quantity()));
    mails.send(Services.mail("notification/orders/0/" + order.id(), order));
    append("analytics", Services.revenue(order));
  }

  private void charge(Connection connection, Order order) throws SQLException {
    try {
      Payment.charge(connection, order);
    } catch (PaymentRefusedException.OverLimit refusal) {
      decide(order, refusal, Decisions.Verdict.APPROVED);
      Payment.charge(connection, order);
    } catch (PaymentRefusedException refusal) {
      decide(order, refusal, Decisions.Verdict.DISMISSED);
    }
  }

  private void decide(Order order, PaymentRefusedException refusal, Decisions.Verdict verdict)
      throws SQLException {
    shop.decisions()
        .decide(order.id(), refusal.getClass().getSimpleName(), verdict, refusal.getMessage());
  }

  private void moveStock(Connection connection, StockMovement movement) throws SQLException {
    change(
        "INSERT INTO audited_movement (country, log_offset, order_id, units) VALUES ('%s', %d, '%s', %d)"
            .formatted(movement.country(), movements, movement.orderId(), movement.units()));
    movements++;
    Stock.Level level = levels.getOrDefault(movement.country(), stock.emptyState());
    Effect<Stock.Event> effect =
        stock.handle(level, Deliveries.of(Services.STOCK_MOVEMENTS, movement));
    for (Stock.Event event : effect.events()) {
      level = stock.apply(level, event);
    }
    levels.put(movement.country(), level);
    for (Effect.Publication<?> alarm : effect.publications()) {
      Shop.alert(connection, (StockLow) alarm.payload());
      alarms++;
    }
  }

  private void audit() throws SQLException {
    for (Map.Entry<String, Stock.Level> country : levels.entrySet()) {
      Stock.Level level = country.getValue();
      change(
          "INSERT INTO audited_stock (country, units, restocked) VALUES ('%s', %d, %d)"
              .formatted(country.getKey(), level.units(), level.restocked()));
    }
    for (String name : Services.NAMES) {
      change("UPDATE progress SET lag = 0 WHERE subscription = '" + name + "'");
    }
    change("UPDATE progress SET messages = " + movements + " WHERE subscription = 'stock'");
    change("UPDATE progress SET messages = " + alarms + " WHERE subscription = 'alerts'");
  }

  @AfterEach
  void close() throws IOException {
    mails.close();
    shop.close();
  }

  @Test
  void what_was_done_right_adds_up() throws SQLException {
    Reconciliation reconciliation = reconcile(false);
    assertThat(reconciliation.text()).endsWith("Everything adds up.\n").doesNotContain("WRONG");
    assertThat(reconciliation.holds()).isTrue();
  }

  @Test
  void a_lost_order_is_found() throws SQLException {
    change("DELETE FROM ledger WHERE order_id = '2-2'");
    assertWrong("payment: orders in the ledger");
  }

  @Test
  void a_double_charge_is_found() throws SQLException {
    change("UPDATE balance SET balance = balance + 22.20 WHERE customer = 'bob'");
    assertWrong("the balance of 'bob' is wrong");
  }

  @Test
  void an_order_charged_under_another_name_is_found() throws SQLException {
    change(
        "INSERT INTO ledger (order_id, customer, seq, amount, balance_after) VALUES ('2-9', 'bob', 2, 22.20, 44.40)");
    assertWrong("'2-9' is in the ledger, and not an order of the file");
  }

  @Test
  void a_cancellation_before_its_order_is_found() throws SQLException {
    change("UPDATE ledger SET seq = 0 WHERE order_id = 'C1-6'");
    assertWrong("order '1-1' came after a later one of its customer");
  }

  @Test
  void a_charge_for_a_price_of_nothing_is_found() throws SQLException {
    change(
        "INSERT INTO ledger (order_id, customer, seq, amount, balance_after) VALUES ('4-4', 'alice', 9, 0, 10)");
    assertWrong("the charge of order '4-4' differs from its line");
  }

  @Test
  void money_given_back_that_was_never_paid_is_found() throws SQLException {
    change(
        "INSERT INTO ledger (order_id, customer, seq, amount, balance_after) VALUES ('C11-11', 'erin', 1, -2.5, -2.5)");
    assertWrong("the charge of order 'C11-11' differs from its line");
  }

  @Test
  void an_approved_order_that_was_not_charged_is_found() throws SQLException {
    change("DELETE FROM ledger WHERE order_id = '10-10'");
    assertWrong("payment: orders in the ledger");
  }

  @Test
  void an_order_over_the_limit_that_nobody_approved_is_found() throws SQLException {
    change("DELETE FROM decision WHERE order_id = '10-10'");
    assertWrong("payment: OverLimit, approved");
  }

  @Test
  void a_refusal_that_nobody_looked_at_is_found() throws SQLException {
    change("DELETE FROM decision WHERE order_id = '4-4'");
    assertWrong("payment: NothingToPay, dismissed");
  }

  @Test
  void a_good_order_that_was_dismissed_is_found() throws SQLException {
    change("INSERT INTO decision VALUES ('2-2', 'NeverPaid', 'DISMISSED', '')");
    assertWrong("'2-2' was DISMISSED as NeverPaid, which differs from its line");
  }

  @Test
  void a_dead_letter_that_is_left_is_found() throws SQLException {
    change("UPDATE progress SET dead = 1 WHERE subscription = 'notification'");
    assertWrong("dead letters that are left");
  }

  @Test
  void what_still_waits_behind_a_dead_letter_is_found() throws SQLException {
    change("UPDATE progress SET lag = 1 WHERE subscription = 'payment'");
    assertWrong("messages that still wait");
  }

  @Test
  void a_movement_that_was_published_twice_is_found() throws SQLException {
    change(
        "INSERT INTO audited_movement (country, log_offset, order_id, units) VALUES ('France', 99, '2-2', -12)");
    assertWrong("'2-2' has moved stock twice");
  }

  @Test
  void a_movement_that_only_its_topic_knows_is_found() throws SQLException {
    change("UPDATE progress SET messages = messages + 1 WHERE subscription = 'stock'");
    assertWrong("inventory: movements published");
  }

  @Test
  void a_movement_that_was_lost_is_found() throws SQLException {
    change("DELETE FROM audited_movement WHERE order_id = '2-2'");
    assertWrong("inventory: movements of stock");
  }

  @Test
  void a_movement_of_other_units_is_found() throws SQLException {
    change("UPDATE audited_movement SET units = -13 WHERE order_id = '2-2'");
    assertWrong("the movement of '2-2' differs from its line");
  }

  @Test
  void stock_of_another_country_is_found() throws SQLException {
    change("UPDATE audited_movement SET country = 'Spain' WHERE order_id = '2-2'");
    assertWrong("the movement of '2-2' differs from its line");
  }

  @Test
  void units_that_came_back_before_they_were_sold_are_found() throws SQLException {
    change("UPDATE audited_movement SET log_offset = -1 WHERE order_id = 'C1-6'");
    assertWrong("'1-1' moved stock after a later one of its customer");
  }

  @Test
  void units_that_were_taken_twice_are_found() throws SQLException {
    change("UPDATE audited_stock SET units = units - 12 WHERE country = 'France'");
    assertWrong("the level of 'France' is wrong");
  }

  @Test
  void stock_that_was_filled_up_for_no_fall_is_found() throws SQLException {
    change(
        "UPDATE audited_stock SET units = units + 9, restocked = restocked + 9 WHERE country = 'France'");
    assertWrong("stock: levels that follow from the log");
  }

  @Test
  void a_stock_that_nobody_knows_is_found() throws SQLException {
    change("DELETE FROM audited_stock WHERE country = 'France'");
    assertWrong("stock: levels that follow from the file");
  }

  @Test
  void an_alarm_that_was_published_twice_is_found() throws SQLException {
    change("UPDATE progress SET messages = messages + 1 WHERE subscription = 'alerts'");
    assertWrong("stock: alarms published");
  }

  @Test
  void an_alarm_that_was_noted_twice_is_found() throws SQLException {
    change(
        "INSERT INTO alert (country, seq, order_id, level) SELECT country, seq + 1, order_id, level FROM alert WHERE country = 'France'");
    assertWrong("alarm 2 of 'France' differs from the log");
  }

  @Test
  void an_alarm_that_nobody_heard_is_found() throws SQLException {
    change("DELETE FROM alert WHERE country = 'France'");
    assertWrong("alerts: alarms noted");
  }

  @Test
  void an_alarm_for_another_order_is_found() throws SQLException {
    change("UPDATE alert SET order_id = '1-1' WHERE country = 'United Kingdom'");
    assertWrong("alarm 1 of 'United Kingdom' differs from the log");
  }

  @Test
  void a_mail_that_was_sent_under_two_keys_is_found() throws Exception {
    mails.send(new MailProvider.Mail("another key", "2-2", "again"));
    assertWrong("order '2-2' has 2 mails");
  }

  @Test
  void a_mail_that_was_sent_twice_under_its_key_is_found() throws Exception {
    rewrite(
        "mail-provider-sent.txt",
        lines -> lines.flatMap(l -> l.contains("2-2") ? Stream.of(l, l) : Stream.of(l)));
    assertWrong("notification: keys that the provider saw");
  }

  @Test
  void a_mail_that_was_never_written_is_found() throws Exception {
    rewrite("mail-provider-sent.txt", lines -> lines.filter(line -> !line.contains("2-2")));
    assertWrong("order '2-2' has no mail");
  }

  @Test
  void revenue_that_was_counted_twice_is_found() throws Exception {
    rewrite(
        "analytics-node.txt",
        lines -> lines.flatMap(l -> l.startsWith("2-2") ? Stream.of(l, l) : Stream.of(l)));
    assertWrong("analytics: orders counted twice");
  }

  @Test
  void revenue_may_be_lost_in_a_crash_and_only_then() throws Exception {
    rewrite("analytics-node.txt", lines -> lines.filter(line -> !line.startsWith("2-2")));
    assertThat(reconcile(true).holds()).isTrue();
    assertThat(reconcile(true).text()).contains("1 lost in a crash");
    assertWrong("1 lost, and no crash");
  }

  @Test
  void an_order_that_was_refused_is_found() throws SQLException {
    change("INSERT INTO refusal (line, reason) VALUES (2, 'no date')");
    assertWrong("line 2 was refused: no date");
  }

  @Test
  void a_line_that_a_dying_process_left_unfinished_hides_no_other() throws Exception {
    Path countings = directory.resolve("analytics-node.txt");
    String whole = Files.readString(countings);
    String last = whole.substring(whole.stripTrailing().lastIndexOf('\n') + 1).strip();
    Files.writeString(countings, whole.substring(0, whole.length() - 5));
    append("analytics", last);
    assertThat(reconcile(false).holds()).isTrue();
  }

  private interface Change {
    Stream<String> of(Stream<String> lines);
  }

  private void rewrite(String file, Change change) throws IOException {
    Path journal = directory.resolve(file);
    List<String> changed = change.of(Files.readAllLines(journal).stream()).toList();
    Files.write(journal, changed);
  }

  private void append(String kind, String line) throws IOException {
    try (Journal journal = Journal.open(directory, kind, "node")) {
      journal.append(line);
    }
  }

  private void change(String sql) throws SQLException {
    try (Connection connection = shop.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isEqualTo(1);
    }
  }

  private Reconciliation reconcile(boolean crashed) throws SQLException {
    return Reconciliation.of(file, shop, directory, crashed);
  }

  private void assertWrong(String text) throws SQLException {
    Reconciliation reconciliation = reconcile(false);
    assertThat(reconciliation.holds()).isFalse();
    assertThat(reconciliation.text()).contains(text).contains("It does NOT add up.");
  }
}
