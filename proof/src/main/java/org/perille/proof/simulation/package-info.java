/** Runs the real decisions in a world where everything else is chosen at random. */
package org.perille.proof.simulation;
