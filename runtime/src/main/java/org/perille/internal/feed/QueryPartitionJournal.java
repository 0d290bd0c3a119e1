package org.perille.internal.feed;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.internal.log.PartitionEvent;

/** Reads through Pekko Persistence Query. */
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
  public CompletionStage<List<Stored>> read(String persistenceId, long from, long to) {
    return events(persistenceId, from, to)
        .thenApply(events -> complete(persistenceId, from, to, events));
  }

  @Override
  public CompletionStage<List<Stored>> readUpTo(String persistenceId, long from, long to) {
    return events(persistenceId, from, to)
        .thenApply(events -> complete(persistenceId, from, from + events.size() - 1, events));
  }

  private CompletionStage<List<Stored>> events(String persistenceId, long from, long to) {
    return query
        .currentEventsByPersistenceId(persistenceId, from, to)
        .map(e -> new Stored(e.sequenceNr(), (PartitionEvent) e.event()))
        .runWith(Sink.<Stored>seq(), system);
  }

  private static List<Stored> complete(
      String persistenceId, long from, long to, List<Stored> events) {
    long expected = from;
    for (Stored event : events) {
      if (event.sequenceNumber() != expected) {
        break;
      }
      expected++;
    }
    if (expected != to + 1) {
      throw new IllegalStateException(
          "INV-3 the journal has no gaps: of '%s' the events %d to %d were asked for, and %d is missing"
              .formatted(persistenceId, from, to, expected));
    }
    return events;
  }
}
