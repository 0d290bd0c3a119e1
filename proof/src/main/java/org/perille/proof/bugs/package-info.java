/** Deliberate bugs of Perille, to check that the suites catch them. */
package org.perille.proof.bugs;
