/** The recovery time of a partition with a long history. */
package org.perille.benchmarks.recovery;
