/** The parts of a node: places partitions and workers in the cluster, and reaches them. */
package org.perille.sharding.internal;
