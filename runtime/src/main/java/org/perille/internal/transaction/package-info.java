/** The log of transactions: what a transaction commits, and its relay into the topics. */
package org.perille.internal.transaction;
