/** The simulated world of chains: keys with effects whose publications feed another topic. */
package org.perille.proof.chain;
