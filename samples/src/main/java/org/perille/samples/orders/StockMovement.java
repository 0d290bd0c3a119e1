package org.perille.samples.orders;

import org.perille.PerilleMessage;

/**
 * What an order does to the stock of its country.
 *
 * @param orderId the order that moves the stock
 * @param country where the stock is
 * @param units how the stock changes: negative for units sold, positive for units given back
 */
record StockMovement(String orderId, String country, long units) implements PerilleMessage {}
