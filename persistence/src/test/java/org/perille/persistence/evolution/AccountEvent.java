package org.perille.persistence.evolution;

import org.perille.PerilleMessage;

/** Version 2: cents and a currency instead of euros, and {@code Refund} is named Refunded. */
sealed interface AccountEvent extends PerilleMessage {
  record Charged(long cents, String currency) implements AccountEvent {}

  record Refunded(long cents, String currency) implements AccountEvent {}
}
