/** One measurement of one contender, in processes of its own. */
package org.perille.benchmarks.trial;
