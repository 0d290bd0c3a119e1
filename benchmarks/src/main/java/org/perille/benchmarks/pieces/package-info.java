/** Microbenchmarks of the steps of a message, to measure the cost of a change to one of them. */
package org.perille.benchmarks.pieces;
