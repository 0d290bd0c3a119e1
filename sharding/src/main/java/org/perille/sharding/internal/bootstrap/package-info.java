/** The start of a node: its checks, its cluster, its registry, and its stop. */
package org.perille.sharding.internal.bootstrap;
