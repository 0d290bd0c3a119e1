/** Payments whose effects are events of accounts, while the nodes are killed. */
package org.perille.samples.payments;
