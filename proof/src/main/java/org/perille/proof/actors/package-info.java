/** The real actors and a real database in one process, under faults between and inside of them. */
package org.perille.proof.actors;
