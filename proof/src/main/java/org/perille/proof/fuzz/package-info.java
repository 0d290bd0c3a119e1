/** Hostile input for everything that decodes data of a network, a database or a user. */
package org.perille.proof.fuzz;
