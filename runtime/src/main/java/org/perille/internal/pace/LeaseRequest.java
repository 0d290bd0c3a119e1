package org.perille.internal.pace;

import org.apache.pekko.actor.typed.ActorRef;

/** Node to coordinator of a subscription's limits, repeated for ever: what is my share? */
public record LeaseRequest(LeaseReport report, ActorRef<LeaseGranted> replyTo) {}
