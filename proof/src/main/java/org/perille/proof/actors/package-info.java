/**
 * The suite on real actors and a real database in one process, with faults inside and between them.
 */
package org.perille.proof.actors;
