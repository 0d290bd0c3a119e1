package org.perille.internal.limit;

import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.PerilleSerializable;

/**
 * A node's request to the coordinator of a subscription's limits for its share. The node repeats it
 * periodically.
 */
public record LeaseRequest(LeaseReport report, ActorRef<LeaseGranted> replyTo)
    implements PerilleSerializable {}
