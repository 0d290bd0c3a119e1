package org.perille.samples.orders;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import org.perille.PerilleMessage;

/**
 * A message from the shop to its services.
 *
 * <p>An order's id names the row of the file that it comes from. The file has invoices that were
 * entered in two rows, a minute apart, and both count.
 */
sealed interface Order extends PerilleMessage {
  String id();

  String customer();

  String country();

  LocalDateTime date();

  /** Units sold; negative for units returned. */
  long quantity();

  /** Price of one unit, in pounds. */
  BigDecimal unitPrice();

  default BigDecimal amount() {
    return unitPrice().multiply(BigDecimal.valueOf(quantity()));
  }

  /** A sale. */
  record OrderPlaced(
      String id,
      String customer,
      String country,
      LocalDateTime date,
      long quantity,
      BigDecimal unitPrice)
      implements Order {}

  /** A return. It must never overtake the order that it cancels. */
  record OrderCancelled(
      String id,
      String customer,
      String country,
      LocalDateTime date,
      long quantity,
      BigDecimal unitPrice)
      implements Order {}
}
