package org.perille.sharding.internal.bootstrap;

import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * Recovers an actor without events, once, and stops.
 *
 * <p>The first recovery of an actor system creates the plugins of journal and snapshots, which
 * takes most of a second in a JVM that has just started. So it happens while the node joins its
 * cluster, and not when a partition moves to it.
 */
final class JournalStart extends EventSourcedBehavior<JournalStart.Stop, Object, Object> {
  enum Stop {
    INSTANCE
  }

  private static final PersistenceId NOTHING = PersistenceId.ofUniqueId("perille-start");

  private final ActorContext<Stop> context;
  private final String journalPluginId;
  private final String snapshotPluginId;

  private JournalStart(
      ActorContext<Stop> context, String journalPluginId, String snapshotPluginId) {
    super(NOTHING);
    this.context = context;
    this.journalPluginId = journalPluginId;
    this.snapshotPluginId = snapshotPluginId;
  }

  static Behavior<Stop> create(String journalPluginId, String snapshotPluginId) {
    return Behaviors.supervise(
            Behaviors.<Stop>setup(
                context -> new JournalStart(context, journalPluginId, snapshotPluginId)))
        // The node itself says so if it can't read its journal.
        .onFailure(SupervisorStrategy.stop().withLoggingEnabled(false));
  }

  @Override
  public Object emptyState() {
    return Stop.INSTANCE;
  }

  @Override
  public SignalHandler<Object> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), state -> context.getSelf().tell(Stop.INSTANCE))
        .build();
  }

  @Override
  public CommandHandler<Stop, Object, Object> commandHandler() {
    return (state, command) -> Effect().stop();
  }

  @Override
  public EventHandler<Object, Object> eventHandler() {
    return (state, event) -> state;
  }

  @Override
  public String journalPluginId() {
    return journalPluginId;
  }

  @Override
  public String snapshotPluginId() {
    return snapshotPluginId;
  }
}
