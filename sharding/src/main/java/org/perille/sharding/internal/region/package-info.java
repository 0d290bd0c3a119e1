/** The sharded partitions and workers of a node, and who coordinates them. */
package org.perille.sharding.internal.region;
