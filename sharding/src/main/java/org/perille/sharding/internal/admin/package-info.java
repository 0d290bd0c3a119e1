/** The client side of queries and operations: asks partitions and their workers. */
package org.perille.sharding.internal.admin;
