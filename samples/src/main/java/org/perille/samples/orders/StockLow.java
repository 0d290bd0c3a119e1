package org.perille.samples.orders;

import org.perille.PerilleMessage;

/**
 * The stock of a country has fallen too low.
 *
 * @param country where the stock is
 * @param orderId the order that took the last units
 * @param level what was left; negative if more was sold than was there
 */
record StockLow(String country, String orderId, long level) implements PerilleMessage {}
