package org.perille.internal.feed;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.internal.log.PartitionEvent;

/** Reads by Pekko Persistence Query. */
public final class QueryPartitionJournal implements PartitionJournal {
  private final ActorSystem<?> system;
  private final CurrentEventsByPersistenceIdQuery query;

  public QueryPartitionJournal(ActorSystem<?> system, String readJournalPluginId) {
    this.system = system;
    this.query =
        PersistenceQuery.get(system)
            .getReadJournalFor(CurrentEventsByPersistenceIdQuery.class, readJournalPluginId);
  }

  @Override
  public CompletionStage<List<Stored>> readUpTo(String persistenceId, long from, long to) {
    return direct(
        query
            .currentEventsByPersistenceId(persistenceId, from, to)
            .map(e -> new Stored(e.sequenceNr(), (PartitionEvent) e.event()))
            .runWith(Sink.<Stored>seq(), system));
  }

  /**
   * Returns a stage whose dependents run where it completes.
   *
   * <p>Scala's conversion of a future runs each dependent on the default executor of Java, which
   * starts a thread for each on machines with one or two processors.
   */
  private static <T> CompletionStage<T> direct(CompletionStage<T> ofScala) {
    CompletableFuture<T> direct = new CompletableFuture<>();
    ofScala.whenCompleteAsync(
        (value, failure) -> {
          if (failure == null) {
            direct.complete(value);
          } else {
            direct.completeExceptionally(failure);
          }
        },
        Runnable::run);
    return direct;
  }
}
