/** Recorded histories of runs, and a checker that judges them against the guarantees. */
package org.perille.testkit.history;
