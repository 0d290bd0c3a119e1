package org.perille.sharding.internal.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.internal.outbox.OutboxHint;
import org.perille.internal.outbox.OutboxRelay;

/**
 * A node's part in an outbox: registers the node, and runs the relay if the node is chosen.
 *
 * <p>The oldest node among the reachable ones that have registered the outbox relays. Two nodes may
 * believe to be chosen for a while. The database then stops the one that has claimed the outbox
 * first, so nothing but time is lost.
 */
final class OutboxAgent extends AbstractBehavior<OutboxAgent.Command> {
  /** A message to this actor. */
  sealed interface Command {}

  /** Passes a hint on. */
  enum Committed implements Command {
    INSTANCE
  }

  /** Ends the relay and this actor. */
  enum Stop implements Command {
    INSTANCE
  }

  private enum Hinted implements Command {
    INSTANCE
  }

  private enum Choose implements Command {
    INSTANCE
  }

  private record Registered(Set<ActorRef<OutboxHint>> agents) implements Command {}

  /** A relay and its thread. */
  private record Running(OutboxRelay relay, Thread thread) {}

  /** The interval of a further choice, because members change without a change of the agents. */
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /**
   * The time in which an agent should have heard of the others. Until then it doesn't relay, unless
   * its node is the oldest one: it would replace the chosen relay for a moment.
   */
  private static final Duration SETTLING = Duration.ofSeconds(3);

  private final long startedAtNanos = System.nanoTime();
  private final String name;
  private final Supplier<OutboxRelay> relays;
  private final AtomicBoolean hinted;
  private final Cluster cluster = Cluster.get(getContext().getSystem());
  private final ActorRef<OutboxHint> self;
  private Set<ActorRef<OutboxHint>> agents = Set.of();
  private Optional<ActorRef<OutboxHint>> chosen = Optional.empty();
  private Optional<Running> running = Optional.empty();

  /** The thread of a former relay here, which may still be inside a transaction. */
  private Optional<Thread> former = Optional.empty();

  /**
   * Creates an agent.
   *
   * @param name the name of the outbox
   * @param identity the identity of the outbox, which its database has
   * @param relays creates relays, one after the other
   * @param hinted true while a {@link Committed} is on its way to this actor
   */
  static Behavior<Command> create(
      String name, String identity, Supplier<OutboxRelay> relays, AtomicBoolean hinted) {
    return Behaviors.supervise(
            Behaviors.<Command>setup(
                context ->
                    Behaviors.withTimers(
                        timers -> {
                          timers.startTimerWithFixedDelay(Choose.INSTANCE, INTERVAL);
                          return new OutboxAgent(context, name, identity, relays, hinted);
                        })))
        .onFailure(SupervisorStrategy.restart());
  }

  private OutboxAgent(
      ActorContext<Command> context,
      String name,
      String identity,
      Supplier<OutboxRelay> relays,
      AtomicBoolean hinted) {
    super(context);
    this.name = name;
    this.relays = relays;
    this.hinted = hinted;
    ActorRef<Command> agent = context.getSelf();
    // An actor of its own: the receptionist can't watch two adapters of one actor.
    this.self =
        context.spawn(
            Behaviors.<OutboxHint>receive(
                (own, hint) -> {
                  agent.tell(Hinted.INSTANCE);
                  return Behaviors.same();
                }),
            "hints");
    ServiceKey<OutboxHint> key = ServiceKey.create(OutboxHint.class, "perille-outbox-" + identity);
    ActorRef<Receptionist.Listing> listings =
        context.messageAdapter(
            Receptionist.Listing.class,
            listing -> new Registered(listing.getServiceInstances(key)));
    ActorRef<Receptionist.Command> receptionist = context.getSystem().receptionist();
    receptionist.tell(Receptionist.register(key, self));
    receptionist.tell(Receptionist.subscribe(key, listings));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Registered.class, this::onRegistered)
        .onMessage(Choose.class, choose -> choose())
        .onMessage(Committed.class, committed -> onCommitted())
        .onMessage(Hinted.class, hint -> onHinted())
        .onMessage(Stop.class, stop -> Behaviors.stopped())
        .onSignal(PreRestart.class, signal -> onEnd())
        .onSignal(PostStop.class, signal -> onEnd())
        .build();
  }

  private Behavior<Command> onRegistered(Registered registered) {
    agents = registered.agents;
    return choose();
  }

  private Behavior<Command> choose() {
    chosen = oldest();
    boolean here = chosen.equals(Optional.of(self));
    if (!here && running.isPresent()) {
      getContext().getLog().info("Outbox '{}' is relayed by another node from now on", name);
      end();
    } else if (running.filter(current -> !current.thread.isAlive()).isPresent()) {
      // Nothing ends it but an error that leaves no memory for its thread.
      running = Optional.empty();
    }
    if (here && isSettled() && running.isEmpty() && former.filter(Thread::isAlive).isEmpty()) {
      begin();
    }
    return this;
  }

  private boolean isSettled() {
    return System.nanoTime() - startedAtNanos >= SETTLING.toNanos()
        || membersByAge().stream().findFirst().equals(Optional.of(cluster.selfMember()));
  }

  private List<Member> membersByAge() {
    List<Member> members =
        new ArrayList<>(
            StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
                .filter(member -> member.status().equals(MemberStatus.up()))
                .toList());
    members.sort(
        Comparator.comparing(
            member -> member, (a, b) -> a.equals(b) ? 0 : a.isOlderThan(b) ? -1 : 1));
    return members;
  }

  /** Returns the agent on the oldest member, by the age in the cluster. */
  private Optional<ActorRef<OutboxHint>> oldest() {
    for (Member member : membersByAge()) {
      for (ActorRef<OutboxHint> agent : agents) {
        if (addressOf(agent).equals(member.address())) {
          return Optional.of(agent);
        }
      }
    }
    return Optional.empty();
  }

  private Address addressOf(ActorRef<?> agent) {
    Address address = agent.path().address();
    return address.hasLocalScope() ? cluster.selfMember().address() : address;
  }

  private void begin() {
    OutboxRelay relay = relays.get();
    Thread thread = new Thread(relay, "perille-outbox-" + name);
    thread.setDaemon(true);
    thread.start();
    running = Optional.of(new Running(relay, thread));
  }

  private void end() {
    running.ifPresent(
        current -> {
          current.relay.stop();
          former = Optional.of(current.thread);
        });
    running = Optional.empty();
  }

  private Behavior<Command> onCommitted() {
    // Before the relay looks: a later commit needs another message.
    hinted.set(false);
    if (running.isPresent()) {
      return onHinted();
    }
    chosen.ifPresent(agent -> agent.tell(OutboxHint.INSTANCE));
    return this;
  }

  private Behavior<Command> onHinted() {
    running.ifPresent(current -> current.relay.wake());
    return this;
  }

  private Behavior<Command> onEnd() {
    end();
    return this;
  }
}
