/** What many topics cost. */
package org.perille.benchmarks.topics;
