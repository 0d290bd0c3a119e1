/** Hostile bytes for everything that decodes what a network, a database or a user has sent. */
package org.perille.proof.fuzz;
