/** Real processes on a network that is cut, killed, paused and starved, and what becomes of it. */
package org.perille.proof.cluster;
