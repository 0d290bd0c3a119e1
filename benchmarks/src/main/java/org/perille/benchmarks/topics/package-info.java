/** Measures the cost of many topics. */
package org.perille.benchmarks.topics;
