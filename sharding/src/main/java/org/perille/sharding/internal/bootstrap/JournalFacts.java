package org.perille.sharding.internal.bootstrap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.Subscription;
import org.perille.internal.cursor.WorkerIds;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.registry.DefinedSubscription;
import org.perille.internal.registry.StoredFacts;
import org.perille.spi.CursorPlace;
import org.perille.spi.Processing;

/**
 * The stored facts of some definitions, read from the journal and from their handlers' databases.
 *
 * <p>Blocks. It reads only the first rows of a journal, and each fact once.
 */
final class JournalFacts implements StoredFacts {
  private final ActorSystem<?> system;
  private final CurrentEventsByPersistenceIdQuery journal;
  private final Map<DefinedSubscription, Subscription<?>> definitions;
  private final RepeatedReads reads;
  private final Map<String, Set<Integer>> found = new HashMap<>();
  private final Map<String, Optional<CursorPlace>> places = new HashMap<>();

  JournalFacts(
      ActorSystem<?> system,
      String readJournalPluginId,
      Map<DefinedSubscription, Subscription<?>> definitions,
      RepeatedReads reads) {
    this.system = system;
    this.journal =
        PersistenceQuery.get(system)
            .getReadJournalFor(CurrentEventsByPersistenceIdQuery.class, readJournalPluginId);
    this.definitions = definitions;
    this.reads = reads;
  }

  @Override
  public Set<Integer> cursorsInJournal(String topic, String storedName) {
    return partitionsWithEvents(topic, id -> new WorkerIds(id, storedName).cursor());
  }

  @Override
  public Set<Integer> begun(String topic, String storedName) {
    return partitionsWithEvents(topic, id -> new WorkerIds(id, storedName).failures());
  }

  @Override
  public Optional<CursorPlace> cursorPlace(DefinedSubscription defined, String storedName) {
    return Processing.of(definitions.get(defined)) instanceof Processing.Transactional<?> handler
        ? places.computeIfAbsent(
            defined.topic() + "/" + defined.name() + "/" + storedName,
            unknown -> handler.handler().cursorPlace(defined.topic(), storedName))
        : Optional.empty();
  }

  @Override
  public boolean hasMessages(String topic) {
    return !partitionsWith(topic, "messages", this::hasMessages).isEmpty();
  }

  private Set<Integer> partitionsWithEvents(String topic, Function<PartitionId, String> id) {
    return partitionsWith(
        topic, id.apply(new PartitionId(topic, 0)), partition -> hasEvents(id.apply(partition)));
  }

  private CompletionStage<Boolean> hasEvents(String persistenceId) {
    return journal
        .currentEventsByPersistenceId(persistenceId, 1, Long.MAX_VALUE)
        .runWith(Sink.headOption(), system)
        .thenApply(Optional::isPresent);
  }

  private CompletionStage<Boolean> hasMessages(PartitionId partition) {
    // The first events only record who owns the partition.
    return journal
        .currentEventsByPersistenceId(partition.persistenceId(), 1, Long.MAX_VALUE)
        .filter(e -> e.event() instanceof BatchAppended batch && !batch.messages().isEmpty())
        .runWith(Sink.headOption(), system)
        .thenApply(Optional::isPresent);
  }

  private Set<Integer> partitionsWith(
      String topic, String what, Function<PartitionId, CompletionStage<Boolean>> question) {
    return found.computeIfAbsent(topic + "/" + what, unknown -> ask(topic, question));
  }

  private Set<Integer> ask(String topic, Function<PartitionId, CompletionStage<Boolean>> question) {
    Set<Integer> partitions = new TreeSet<>();
    int count = partitions(topic);
    List<Boolean> answers = reads.of(() -> all(topic, count, question));
    for (int partition = 0; partition < count; partition++) {
      if (answers.get(partition)) {
        partitions.add(partition);
      }
    }
    return partitions;
  }

  private static CompletionStage<List<Boolean>> all(
      String topic, int partitions, Function<PartitionId, CompletionStage<Boolean>> question) {
    List<CompletableFuture<Boolean>> answers = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      answers.add(question.apply(new PartitionId(topic, partition)).toCompletableFuture());
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(unused -> answers.stream().map(CompletableFuture::join).toList());
  }

  private int partitions(String topic) {
    return definitions.values().stream()
        .map(Subscription::topic)
        .filter(t -> t.name().equals(topic))
        .findFirst()
        .orElseThrow()
        .partitions();
  }
}
