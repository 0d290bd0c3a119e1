package org.perille.samples.shop;

import org.perille.PerilleMessage;

/**
 * An order.
 *
 * @param id is chosen by the customer's page, which repeats an order that has no answer
 * @param price in euros
 */
public record Order(String id, String customer, String item, int price) implements PerilleMessage {
  public Order {
    requireText("id", id, 50);
    requireText("customer", customer, 50);
    requireText("item", item, 100);
    if (price < 1 || price > 10_000) {
      throw new IllegalArgumentException("the price is %d: use 1 to 10,000".formatted(price));
    }
  }

  private static void requireText(String name, String text, int longest) {
    if (text == null || text.isBlank() || text.length() > longest) {
      throw new IllegalArgumentException(
          "the %s is '%s': use 1 to %d characters".formatted(name, text, longest));
    }
  }
}
