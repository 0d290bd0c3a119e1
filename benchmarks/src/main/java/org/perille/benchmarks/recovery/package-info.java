/** How long a partition takes to be there again that has a long history. */
package org.perille.benchmarks.recovery;
