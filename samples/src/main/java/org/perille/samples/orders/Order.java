package org.perille.samples.orders;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import org.perille.PerilleMessage;

/**
 * What the shop tells its services.
 *
 * <p>An order's id names the row of the file that it comes from: the file has invoices that were
 * entered in two rows, a minute apart, and both count.
 */
sealed interface Order extends PerilleMessage {
  String id();

  String customer();

  String country();

  LocalDateTime date();

  /** Units sold; negative for units given back. */
  long quantity();

  /** Price of one unit, in pounds. */
  BigDecimal unitPrice();

  default BigDecimal amount() {
    return unitPrice().multiply(BigDecimal.valueOf(quantity()));
  }

  /** A customer bought something. */
  record OrderPlaced(
      String id,
      String customer,
      String country,
      LocalDateTime date,
      long quantity,
      BigDecimal unitPrice)
      implements Order {}

  /** A customer gave something back; it must never overtake the order that it follows. */
  record OrderCancelled(
      String id,
      String customer,
      String country,
      LocalDateTime date,
      long quantity,
      BigDecimal unitPrice)
      implements Order {}
}
