/**
 * The simulated world of transactions: publishers, logs of transactions with relays, and topics.
 */
package org.perille.proof.transaction;
