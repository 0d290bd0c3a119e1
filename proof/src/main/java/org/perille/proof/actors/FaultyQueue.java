package org.perille.proof.actors;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.WrappedMessage;
import org.apache.pekko.actor.typed.internal.AdaptMessage;
import org.apache.pekko.dispatch.Envelope;
import org.apache.pekko.dispatch.MessageQueue;
import org.apache.pekko.dispatch.UnboundedMessageQueueSemantics;
import org.perille.testkit.history.Phase;

/**
 * The mailbox of one actor under faults.
 *
 * <p>It loses, repeats, delays or reorders messages that may have crossed the network. At chosen
 * messages it lets the actor fail.
 */
final class FaultyQueue implements MessageQueue, UnboundedMessageQueueSemantics {
  /** A delayed message. It is sent to the actor itself, because that wakes the actor. */
  private record Late(Envelope envelope) {}

  /** The end of the wait for a message that overtakes. Releases the message to be overtaken. */
  private enum NobodyOvertakes {
    INSTANCE
  }

  private final Faults faults;
  private final Part part;
  private final ActorRef owner;
  private final ActorSystem system;
  private final String name;
  private final Random random;
  private final ConcurrentLinkedQueue<Envelope> queue = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Envelope> waiting = new AtomicReference<>();

  FaultyQueue(Injection injection, Part part, ActorRef owner, ActorSystem system) {
    this.faults = injection.faults();
    this.part = part;
    this.owner = owner;
    this.system = system;
    this.name = injection.node() + " " + part + " " + owner.path().name();
    this.random = new Random(injection.seed() ^ owner.path().hashCode());
  }

  @Override
  public void enqueue(ActorRef receiver, Envelope envelope) {
    Object message = envelope.message();
    if (message instanceof Late late) {
      queue.add(late.envelope);
    } else if (message instanceof NobodyOvertakes) {
      letOvertakenGo();
    } else if (message instanceof AdaptMessage<?, ?> adapt && adapt.message() instanceof Failing) {
      queue.add(envelope);
    } else {
      arrived(envelope, WrappedMessage.unwrap(message));
    }
  }

  private void arrived(Envelope envelope, Object message) {
    if (faults.isCalm()) {
      add(envelope, message);
      return;
    }
    Phase phase = PhaseTable.of(message);
    if (faults.hits(part, phase)) {
      fail(phase, message);
    }
    add(envelope, message);
    if (phase == Phase.AFTER_WRITE && faults.hits(part, Phase.AFTER_ANSWER)) {
      fail(Phase.AFTER_ANSWER, message);
    }
  }

  private void add(Envelope envelope, Object message) {
    if (!NetworkMessages.mayHaveCrossed(part, message)) {
      queue.add(envelope);
      return;
    }
    Optional<FaultKind> fault =
        faults.next(
            random,
            FaultKind.MESSAGE_LOST,
            FaultKind.MESSAGE_REPEATED,
            FaultKind.MESSAGE_LATE,
            FaultKind.MESSAGE_OVERTAKEN);
    fault.ifPresentOrElse(
        kind -> disturb(kind, envelope, message),
        () -> {
          queue.add(envelope);
          letOvertakenGo();
        });
  }

  private void disturb(FaultKind kind, Envelope envelope, Object message) {
    faults.happened(kind, PhaseTable.of(message), detail(message));
    switch (kind) {
      case MESSAGE_LOST -> {}
      case MESSAGE_REPEATED -> {
        queue.add(envelope);
        letOvertakenGo();
        queue.add(envelope);
      }
      case MESSAGE_LATE -> later(new Late(envelope), faults.delay(random));
      case MESSAGE_OVERTAKEN -> {
        letOvertakenGo();
        waiting.set(envelope);
        later(NobodyOvertakes.INSTANCE, faults.longestDelay());
      }
      default -> throw new IllegalArgumentException(kind + " is no fault of messages");
    }
  }

  private void letOvertakenGo() {
    Envelope overtaken = waiting.getAndSet(null);
    if (overtaken != null) {
      queue.add(overtaken);
    }
  }

  private void later(Object message, Duration delay) {
    try {
      system
          .scheduler()
          .scheduleOnce(delay, owner, message, system.dispatcher(), ActorRef.noSender());
    } catch (IllegalStateException e) {
      // The node has stopped meanwhile, and its actors with it.
      system.log().debug("{} gets no more messages", name);
    }
  }

  /**
   * Lets the actor fail.
   *
   * <p>Pekko passes an exception of an adapter to the actor's supervision, as if the actor had
   * thrown it while it handled a message.
   */
  private void fail(Phase phase, Object message) {
    faults.happened(FaultKind.ACTOR_FAILED, phase, detail(message));
    owner.tell(
        new AdaptMessage<>(
            new Failing(name),
            failing -> {
              throw new InjectedFailure(failing.actor);
            }),
        ActorRef.noSender());
  }

  private record Failing(String actor) {}

  /** The failure that is injected into an actor. */
  private static final class InjectedFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InjectedFailure(String actor) {
      super("injected into " + actor, null, false, false);
    }
  }

  private String detail(Object message) {
    return name + ": " + message.getClass().getSimpleName();
  }

  @Override
  public Envelope dequeue() {
    return queue.poll();
  }

  @Override
  public int numberOfMessages() {
    return queue.size();
  }

  @Override
  public boolean hasMessages() {
    return !queue.isEmpty();
  }

  @Override
  public void cleanUp(ActorRef actor, MessageQueue deadLetters) {
    letOvertakenGo();
    for (Envelope left = queue.poll(); left != null; left = queue.poll()) {
      deadLetters.enqueue(actor, left);
    }
  }
}
