package org.perille.samples.shop;

import org.perille.PerilleMessage;

/** An order's progress, for the live view. */
public record OrderUpdate(String id, String customer, Stage stage) implements PerilleMessage {
  /** The stages after the placing. */
  public enum Stage {
    PAID,
    MAILED
  }

  static OrderUpdate of(Order order, Stage stage) {
    return new OrderUpdate(order.id(), order.customer(), stage);
  }
}
