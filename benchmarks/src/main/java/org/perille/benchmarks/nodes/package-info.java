/** One, two and three nodes, each in a process of its own: what it costs to be distributed. */
package org.perille.benchmarks.nodes;
