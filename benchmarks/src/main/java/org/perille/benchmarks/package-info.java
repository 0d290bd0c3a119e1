/** Benchmarks of a whole system, each with a main class. */
package org.perille.benchmarks;
