/** The cost of distribution: one, two and three nodes, each in a process of its own. */
package org.perille.benchmarks.nodes;
