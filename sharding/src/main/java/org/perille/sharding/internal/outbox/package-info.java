/** The relays of outboxes on a node, and the choice of the node that relays. */
package org.perille.sharding.internal.outbox;
