package org.perille.samples.transfer;

import org.perille.PerilleMessage;

/**
 * One side of a transfer.
 *
 * @param account the account, which is the key
 * @param transfer the number of the transfer
 * @param cents the amount; negative if it is the debit
 */
record Booking(String account, int transfer, long cents) implements PerilleMessage {
  boolean isDebit() {
    return cents < 0;
  }
}
