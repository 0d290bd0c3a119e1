/**
 * The surroundings of a node that tests replace; the packages below have the runtime on a cluster.
 */
package org.perille.sharding.internal;
