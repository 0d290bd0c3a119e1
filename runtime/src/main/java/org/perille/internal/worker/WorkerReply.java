package org.perille.internal.worker;

import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.partition.WorkerRequest;

/** An answer to a {@link WorkerRequest}, and its receiver. */
record WorkerReply<A>(ActorRef<A> replyTo, A answer) {
  void send() {
    replyTo.tell(answer);
  }
}
