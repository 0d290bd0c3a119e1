/** Times in which messages wait: nodes start, one is lost, or all are restarted in turn. */
package org.perille.benchmarks.availability;
