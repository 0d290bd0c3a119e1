/**
 * The pieces that a message goes through, by themselves: to see what a change to one of them costs.
 */
package org.perille.benchmarks.pieces;
