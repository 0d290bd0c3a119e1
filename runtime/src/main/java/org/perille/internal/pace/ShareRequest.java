package org.perille.internal.pace;

import org.apache.pekko.actor.typed.ActorRef;

/** Node to keeper of a subscription's limits, repeated for ever: what is my share? */
public record ShareRequest(ShareReport report, ActorRef<ShareAnswer> replyTo) {}
