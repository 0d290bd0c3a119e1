package org.perille.samples.orders;

import org.perille.PerilleMessage;

/**
 * A change of the stock of a country by an order.
 *
 * @param orderId the order that moves the stock
 * @param country the country of the stock
 * @param units the change: negative for units sold, positive for units returned
 */
record StockMovement(String orderId, String country, long units) implements PerilleMessage {}
