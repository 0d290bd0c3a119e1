/** Simulations: the real decisions in an environment where everything else is random. */
package org.perille.proof.simulation;
