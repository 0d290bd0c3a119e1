/** Transactions of several messages. */
package org.perille.benchmarks.transactions;
