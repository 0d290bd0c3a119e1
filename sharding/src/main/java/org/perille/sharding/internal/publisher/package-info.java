/** The publisher of a topic on a node, and the callbacks of its receipts. */
package org.perille.sharding.internal.publisher;
