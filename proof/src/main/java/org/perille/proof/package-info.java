/**
 * The suites that prove Perille correct: simulations, faults on real actors and clusters, fuzzing,
 * and endurance.
 */
package org.perille.proof;
