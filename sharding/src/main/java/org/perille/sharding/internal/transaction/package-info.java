/** Transactions on the node that commits them. */
package org.perille.sharding.internal.transaction;
