/** The simulated worlds of delivery: a real worker, and a model of all that surrounds it. */
package org.perille.proof.delivery;
