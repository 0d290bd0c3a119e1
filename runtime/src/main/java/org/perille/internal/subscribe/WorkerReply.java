package org.perille.internal.subscribe;

import org.apache.pekko.actor.typed.ActorRef;

/** An answer to a {@link WorkerRequest}, and its receiver. */
record WorkerReply<A>(ActorRef<A> replyTo, A answer) {
  void send() {
    replyTo.tell(answer);
  }
}
