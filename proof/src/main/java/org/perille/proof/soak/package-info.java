/** Endurance runs: rounds of messages, failures and restarts, in which nothing may grow. */
package org.perille.proof.soak;
