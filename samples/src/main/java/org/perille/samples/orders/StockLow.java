package org.perille.samples.orders;

import org.perille.PerilleMessage;

/**
 * An alarm: the stock of a country has fallen below the minimum.
 *
 * @param country the country of the stock
 * @param orderId the order that took the last units
 * @param level the level after it; negative if more was sold than was in stock
 */
record StockLow(String country, String orderId, long level) implements PerilleMessage {}
