package org.perille.sharding.internal.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.ConfigurationException;
import org.perille.DeadLetterException;
import org.perille.EventSourcedSubscription;
import org.perille.KeyEffect;
import org.perille.KeyState;
import org.perille.Receipt;
import org.perille.Reset;
import org.perille.ResetReport;
import org.perille.ResetReport.PartitionReset;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorLogReader;
import org.perille.internal.cursor.Generation;
import org.perille.internal.cursor.WorkerIds;
import org.perille.internal.effect.EffectCodec;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.KeyBehavior;
import org.perille.internal.effect.KeyIds;
import org.perille.internal.effect.KeyReader;
import org.perille.internal.effect.KeyRecord;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.settings.WorkerSettings;
import org.perille.spi.Processing;

/**
 * The queries and operations on subscriptions and keys, from any node.
 *
 * <p>Results are read from the storage. Requests that a worker must fulfil reach it through its
 * partition.
 */
public final class KeyQueries {
  private final ActorSystem<?> system;
  private final PartitionClient questions;
  private final WorkerSettings settings;
  private final KeyReader keys;
  private final CurrentEventsByPersistenceIdQuery journal;
  private final Duration timeout;

  public KeyQueries(
      ActorSystem<?> system,
      PartitionClient questions,
      WorkerSettings settings,
      String readJournalPluginId) {
    this.system = system;
    this.questions = questions;
    this.settings = settings;
    this.keys = new KeyReader(system, settings.effects());
    this.journal =
        PersistenceQuery.get(system)
            .getReadJournalFor(CurrentEventsByPersistenceIdQuery.class, readJournalPluginId);
    this.timeout = system.settings().config().getDuration("perille.cluster.handled-timeout");
  }

  CompletionStage<Done> handled(Subscription<?> subscription, Receipt receipt) {
    Workers workers = workers(subscription);
    if (!receipt.topic().equals(subscription.topic().name())) {
      throw new ConfigurationException(
          "%2$s doesn't handle messages of topic '%1$s'".formatted(receipt.topic(), subscription));
    }
    return workers
        .<WorkerRequest.Finished>ask(
            receipt.partition(),
            replyTo -> new WorkerRequest.AwaitFinished(receipt.offset(), replyTo))
        .thenApply(
            finished -> {
              if (finished.deadLetter()) {
                throw new DeadLetterException(
                    "the message at offset %d of partition %d was given up by %s, and is a dead letter: perille.subscription(...).deadLetters() has the reason, and can redrive or discard it"
                        .formatted(receipt.offset(), receipt.partition(), subscription));
              }
              return Done.getInstance();
            });
  }

  @SuppressWarnings("unchecked") // the handler creates no other type
  <S> CompletionStage<KeyState<S>> state(EventSourcedSubscription<?, S> subscription, String key) {
    return generation(subscription, key)
        .thenCompose(
            generation ->
                memory(subscription, key, generation)
                    .thenApply(
                        memory ->
                            new KeyState<>(
                                key,
                                (S) memory.state(),
                                memory.highestOffset() < 0
                                    ? OptionalLong.empty()
                                    : OptionalLong.of(memory.highestOffset()),
                                generation.number())));
  }

  <R> CompletionStage<Optional<R>> reply(
      Subscription<?> subscription, Receipt receipt, Class<R> type) {
    requireKeys(subscription);
    String key = receipt.key();
    return handled(subscription, receipt)
        .thenCompose(done -> generation(subscription, key))
        .thenCompose(
            generation ->
                memory(subscription, key, generation)
                    .thenCompose(
                        memory -> reply(subscription, key, generation, memory, receipt.offset())))
        .thenApply(reply -> reply.map(type::cast));
  }

  private CompletionStage<Optional<Object>> reply(
      Subscription<?> subscription,
      String key,
      Generation generation,
      KeyRecord memory,
      long offset) {
    if (memory.reply(offset).isPresent()) {
      return CompletableFuture.completedFuture(
          memory.reply(offset).map(reply -> keys.codec().decode(reply, "reply")));
    }
    return effects(ids(subscription, key, generation), key)
        .filter(effect -> effect.offset() == offset)
        .runWith(Sink.headOption(), system)
        .thenApply(effect -> effect.flatMap(KeyEffect::reply));
  }

  public <T> Source<StoredMessage<T>, NotUsed> history(Topic<T> topic, String key) {
    PartitionId partition = partition(topic, key);
    PayloadCodec<T> codec = PayloadCodec.of(system, topic);
    return journal
        .currentEventsByPersistenceId(partition.persistenceId(), 1, Long.MAX_VALUE)
        .mapConcat(
            envelope ->
                envelope.event() instanceof BatchAppended batch
                    ? settings
                        .decompressor()
                        .decompress(
                            batch.entries().stream()
                                .filter(entry -> entry.message().key().equals(key))
                                .toList())
                    : List.<LogEntry>of())
        .map(entry -> StoredMessages.of(partition, entry, codec));
  }

  Source<KeyEffect, NotUsed> effects(Subscription<?> subscription, String key) {
    requireKeys(subscription);
    return Source.completionStageSource(
            generation(subscription, key)
                .thenApply(generation -> effects(ids(subscription, key, generation), key)))
        .mapMaterializedValue(ignored -> NotUsed.getInstance());
  }

  private Source<KeyEffect, NotUsed> effects(KeyIds ids, String key) {
    EffectCodec codec = keys.codec();
    return journal
        .currentEventsByPersistenceId(ids.persistenceId(key), 1, Long.MAX_VALUE)
        .mapConcat(
            envelope -> {
              EffectsRecorded recorded = (EffectsRecorded) envelope.event();
              List<KeyEffect> effects = new ArrayList<>(recorded.handled().size());
              for (EffectsRecorded.Handled handled : recorded.handled()) {
                effects.add(effect(codec, key, recorded, handled));
              }
              return effects;
            });
  }

  private static KeyEffect effect(
      EffectCodec codec, String key, EffectsRecorded recorded, EffectsRecorded.Handled handled) {
    KeyEffect.Builder effect =
        KeyEffect.builder(key, handled.offset())
            .recordedAt(Instant.ofEpochMilli(recorded.timestampMillis()))
            .events(handled.events().stream().map(e -> codec.decode(e, "event")).toList())
            .published(handled.outgoing().stream().map(EffectsRecorded.Outgoing::topic).toList());
    return handled
        .reply()
        .map(reply -> effect.reply(codec.decode(reply, "reply")))
        .orElse(effect)
        .build();
  }

  CompletionStage<ResetReport> reset(Subscription<?> subscription, Reset reset) {
    Workers workers = workers(subscription);
    List<CompletableFuture<PartitionReset>> resets = new ArrayList<>();
    for (int i = 0; i < subscription.topic().partitions(); i++) {
      int partition = i;
      resets.add(
          questions
              .<PartitionRequest.Located>askUntilAnswered(
                  new PartitionId(subscription.topic().name(), partition),
                  replyTo -> new PartitionRequest.Locate(ReadFrom.of(reset.position()), replyTo),
                  timeout)
              .thenCompose(
                  place ->
                      workers.<WorkerRequest.ResetDone>ask(
                          partition,
                          replyTo ->
                              new WorkerRequest.Reset(
                                  reset.id(),
                                  place.offset(),
                                  place.sequenceNumber(),
                                  reset.publishAgain(),
                                  replyTo)))
              .thenApply(
                  done ->
                      new PartitionReset(
                          partition, done.generation(), done.offset(), done.handledBefore()))
              .toCompletableFuture());
    }
    return CompletableFuture.allOf(resets.toArray(CompletableFuture[]::new))
        .thenApply(
            all -> new ResetReport(reset, resets.stream().map(CompletableFuture::join).toList()));
  }

  private Workers workers(Subscription<?> subscription) {
    return new Workers(questions, subscription, timeout);
  }

  /** Returns the current generation of a key's effects. */
  private CompletionStage<Generation> generation(Subscription<?> subscription, String key) {
    CompletableFuture<Optional<Cursor>> read = new CompletableFuture<>();
    system.systemActorOf(
        CursorLogReader.create(
            new WorkerIds(partition(subscription.topic(), key), subscription.storedName()).cursor(),
            settings,
            read),
        "perille-cursor-reader-" + UUID.randomUUID(),
        Props.empty());
    return read.thenApply(
        cursor -> cursor.map(Cursor::generation).orElseGet(() -> Generation.startingAt(0)));
  }

  private CompletionStage<KeyRecord> memory(
      Subscription<?> subscription, String key, Generation generation) {
    return keys.read(
        ids(subscription, key, generation), key, KeyBehavior.of(Processing.of(subscription)));
  }

  private static KeyIds ids(Subscription<?> subscription, String key, Generation generation) {
    return new KeyIds(
        partition(subscription.topic(), key), subscription.storedName(), generation.number());
  }

  private static PartitionId partition(Topic<?> topic, String key) {
    return new PartitionId(topic.name(), Partitioner.partitionOf(key, topic.partitions()));
  }

  private static void requireKeys(Subscription<?> subscription) {
    if (!(Processing.of(subscription) instanceof Processing.EventSourced
        || Processing.of(subscription) instanceof Processing.Publishing
        || Processing.of(subscription) instanceof Processing.Calling)) {
      throw new ConfigurationException(
          subscription
              + " stores no effects and no replies: only an event-sourced subscription does, and"
              + " one that publishes or makes outside calls");
    }
  }
}
