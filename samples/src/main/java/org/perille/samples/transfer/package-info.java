/** A bank that moves money by transactions, while its nodes are killed. */
package org.perille.samples.transfer;
