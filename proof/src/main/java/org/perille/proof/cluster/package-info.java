/** The suite on real processes, which are killed, suspended, cut off and starved. */
package org.perille.proof.cluster;
