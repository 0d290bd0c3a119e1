package org.perille.proof.actors;

import com.typesafe.config.Config;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.dispatch.MailboxType;
import org.apache.pekko.dispatch.MessageQueue;
import org.apache.pekko.dispatch.ProducesMessageQueue;
import org.apache.pekko.dispatch.UnboundedMailbox;
import scala.Option;

/**
 * The mailbox of every typed actor of a node under faults.
 *
 * <p>Actors that aren't Perille's have the usual mailbox.
 */
public final class FaultyMailbox implements MailboxType, ProducesMessageQueue<MessageQueue> {
  private final Injection injection;

  /** Creates the type of mailbox. Pekko calls this constructor. */
  public FaultyMailbox(ActorSystem.Settings settings, Config config) {
    injection =
        settings
            .setup()
            .get(Injection.class)
            .orElseThrow(
                () -> new IllegalStateException("there is no Injection in the system's setup"));
  }

  @Override
  public MessageQueue create(Option<ActorRef> owner, Option<ActorSystem> system) {
    if (owner.isEmpty() || system.isEmpty() || Part.of(owner.get().path()) == Part.OTHER) {
      return new UnboundedMailbox.MessageQueue();
    }
    return new FaultyQueue(injection, Part.of(owner.get().path()), owner.get(), system.get());
  }
}
