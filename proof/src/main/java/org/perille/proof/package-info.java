/**
 * The proof of Perille: simulations, faults on real actors and clusters, deliberate bugs, fuzzing,
 * and endurance runs.
 */
package org.perille.proof;
