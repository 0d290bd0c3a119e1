package org.perille.sharding.internal.bootstrap;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
import org.perille.sharding.internal.region.UsedJournals;
import org.perille.spi.CursorPlace;
import org.perille.spi.Processing;

/**
 * The stored facts of some definitions, read from the journal and from their handlers' databases.
 *
 * <p>Blocks. It reads each fact once. The first read also reads what is probably asked next, so
 * that many definitions take few statements.
 */
final class JournalFacts implements StoredFacts {
  private final ActorSystem<?> system;
  private final CurrentEventsByPersistenceIdQuery journal;
  private final UsedJournals journals;
  private final Map<DefinedSubscription, Subscription<?>> definitions;
  private final RepeatedReads reads;

  /** The journals that were asked for, and whether they have events. */
  private final Map<String, Boolean> used = new HashMap<>();

  private final Map<String, Boolean> messages = new HashMap<>();
  private final Map<String, Optional<CursorPlace>> places = new HashMap<>();

  JournalFacts(
      ActorSystem<?> system,
      String readJournalPluginId,
      UsedJournals journals,
      Map<DefinedSubscription, Subscription<?>> definitions,
      RepeatedReads reads) {
    this.system = system;
    this.journal =
        PersistenceQuery.get(system)
            .getReadJournalFor(CurrentEventsByPersistenceIdQuery.class, readJournalPluginId);
    this.journals = journals;
    this.definitions = definitions;
    this.reads = reads;
  }

  @Override
  public Set<Integer> cursorsInJournal(String topic, String storedName) {
    return used(topic, id -> new WorkerIds(id, storedName).cursor());
  }

  @Override
  public Set<Integer> begun(String topic, String storedName) {
    return used(topic, id -> new WorkerIds(id, storedName).failures());
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
    return messages.computeIfAbsent(
        topic,
        unknown -> {
          Set<Integer> owned = used(topic, PartitionId::persistenceId);
          return reads.of(() -> anyHasMessages(topic, owned));
        });
  }

  /** Returns the partitions of a topic whose journals with these ids have ever had an event. */
  private Set<Integer> used(String topic, Function<PartitionId, String> journalOf) {
    List<PartitionId> partitions = partitions(topic).toList();
    read(partitions.stream().map(journalOf).toList());
    return partitions.stream()
        .filter(id -> used.get(journalOf.apply(id)))
        .map(PartitionId::partition)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void read(List<String> persistenceIds) {
    Set<String> unknown = new HashSet<>(persistenceIds);
    unknown.removeAll(used.keySet());
    if (unknown.isEmpty()) {
      return;
    }
    if (used.isEmpty()) {
      definitions.values().stream().flatMap(this::journals).forEach(unknown::add);
    }
    Set<String> found = reads.of(() -> journals.among(unknown));
    unknown.forEach(id -> used.put(id, found.contains(id)));
  }

  /** Returns the journals of a definition, under its own name, and of its topic. */
  private Stream<String> journals(Subscription<?> definition) {
    return partitions(definition.topic().name())
        .flatMap(
            id -> {
              WorkerIds worker = new WorkerIds(id, definition.storedName());
              return Stream.of(id.persistenceId(), worker.cursor(), worker.failures());
            });
  }

  private CompletionStage<Boolean> anyHasMessages(String topic, Set<Integer> partitions) {
    List<CompletableFuture<Boolean>> answers =
        partitions.stream()
            .map(partition -> hasMessages(new PartitionId(topic, partition)).toCompletableFuture())
            .toList();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(unused -> answers.stream().anyMatch(CompletableFuture::join));
  }

  private CompletionStage<Boolean> hasMessages(PartitionId partition) {
    // The first events only record who owns the partition.
    return journal
        .currentEventsByPersistenceId(partition.persistenceId(), 1, Long.MAX_VALUE)
        .filter(e -> e.event() instanceof BatchAppended batch && !batch.messages().isEmpty())
        .runWith(Sink.headOption(), system)
        .thenApply(Optional::isPresent);
  }

  private Stream<PartitionId> partitions(String topic) {
    int count =
        definitions.values().stream()
            .map(Subscription::topic)
            .filter(t -> t.name().equals(topic))
            .findFirst()
            .orElseThrow()
            .partitions();
    return IntStream.range(0, count).mapToObj(partition -> new PartitionId(topic, partition));
  }
}
