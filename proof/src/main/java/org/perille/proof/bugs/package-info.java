/** Deliberate bugs of Perille, and whether they are caught. */
package org.perille.proof.bugs;
