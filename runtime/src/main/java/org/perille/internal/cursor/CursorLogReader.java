package org.perille.internal.cursor;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.perille.internal.settings.WorkerSettings;

/** Reads a worker's cursor from the journal, beside a running worker. */
public final class CursorLogReader {
  private CursorLogReader() {}

  /**
   * Returns an actor that reads once and stops.
   *
   * @param read receives the cursor, empty if the subscription hasn't begun
   */
  public static Behavior<Void> create(
      String persistenceId, WorkerSettings settings, CompletableFuture<Optional<Cursor>> read) {
    return Behaviors.<Object>setup(
            context -> {
              ActorRef<CursorLog.Command> log =
                  context.spawn(
                      CursorLog.read(persistenceId, settings, context.getSelf().unsafeUpcast()),
                      "cursor");
              context.watch(log);
              return Behaviors.receive(Object.class)
                  .onMessage(
                      CursorLog.Recovered.class,
                      recovered -> {
                        read.complete(recovered.cursor());
                        return Behaviors.stopped();
                      })
                  .onSignal(
                      org.apache.pekko.actor.typed.Terminated.class,
                      ended -> {
                        read.completeExceptionally(
                            new IllegalStateException(
                                "'%s' could not be read from the journal; the log has the cause"
                                    .formatted(persistenceId)));
                        return Behaviors.stopped();
                      })
                  .build();
            })
        .narrow();
  }
}
