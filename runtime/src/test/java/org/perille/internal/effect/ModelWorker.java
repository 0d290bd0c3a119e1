package org.perille.internal.effect;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.perille.Delivery;
import org.perille.internal.log.LogEntry;
import org.perille.internal.subscribe.Cursor;

/**
 * One incarnation of a worker: reads its partition, gets messages handled by the real code, and
 * makes its cursor durable at any time later. It may live on after it was replaced.
 */
final class ModelWorker {
  /** Messages that it holds, at the most. */
  static final int MAX_IN_FLIGHT = 24;

  /** Messages that are finished and not durably so, at the most. */
  static final int MAX_NOT_DURABLE = 12;

  private static final EffectSettings SETTINGS =
      new EffectSettings(2, Duration.ofMinutes(1), 3, "", "");

  private final ModelSubscription subscription;
  private final String node;
  private final long incarnation;
  private final KeyRuns<String> runs;
  private final ModelKeys keys;
  private final Map<String, ArrayDeque<LogEntry>> queues = new LinkedHashMap<>();
  private final Set<String> busy = new HashSet<>();
  private Cursor cursor;
  private Cursor durable;
  private Optional<Cursor> saving = Optional.empty();
  private long sequenceNumber;
  private long nextOffset;
  private int inFlight;
  private boolean broken;
  private boolean dead;

  ModelWorker(ModelSubscription subscription, ModelNode node, long incarnation, Cursor recovered) {
    this.subscription = subscription;
    this.node = node.name();
    this.incarnation = incarnation;
    this.sequenceNumber = incarnation;
    this.cursor = recovered;
    this.durable = recovered;
    this.nextOffset = recovered.nextOffset();
    KeyLogic<String> logic = subscription.logic();
    EffectCodec codec = subscription.store().codec();
    ActiveKeys active =
        new ActiveKeys(
            subscription.keyIds(recovered.generation().number()), logic, codec, SETTINGS);
    this.keys = new ModelKeys(subscription.store(), logic, subscription.marks(), active);
    this.runs =
        new KeyRuns<>(
            active,
            logic,
            codec,
            node::outlet,
            new KeyRuns.Identity(
                subscription.lane(recovered.generation().publication()),
                incarnation,
                recovered.generation().silent(),
                () -> durable.handled()),
            Runnable::run,
            Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
  }

  String node() {
    return node;
  }

  long incarnation() {
    return incarnation;
  }

  Cursor cursor() {
    return cursor;
  }

  /** The sequence number that its next write of progress takes. */
  long sequenceNumber() {
    return sequenceNumber;
  }

  /** Whether it begins nothing new. */
  boolean isEnding() {
    return broken || dead;
  }

  boolean isSaving() {
    return saving.isPresent();
  }

  /** Takes some more messages in, as long as there is room. */
  void fetch(int messages) {
    long end = Math.min(subscription.source().end(), nextOffset + messages);
    while (nextOffset < end && inFlight < MAX_IN_FLIGHT && notDurable() < MAX_NOT_DURABLE) {
      if (!cursor.isFinished(nextOffset)) {
        LogEntry entry = subscription.source().entry(nextOffset);
        queues.computeIfAbsent(entry.message().key(), key -> new ArrayDeque<>()).add(entry);
        inFlight++;
      }
      nextOffset++;
    }
  }

  private long notDurable() {
    long from = durable.nextOffset();
    return cursor.finished().countFrom(from) - durable.finished().countFrom(from);
  }

  /** The keys that have messages and no run. */
  List<String> readyKeys() {
    return queues.entrySet().stream()
        .filter(queue -> !queue.getValue().isEmpty() && !busy.contains(queue.getKey()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Begins a run of the first messages of a key. */
  void run(String key, int messages) {
    busy.add(key);
    List<LogEntry> run = queues.get(key).stream().limit(messages).toList();
    runs.handle(
            key,
            run.stream()
                .map(entry -> new KeyRuns.Item<>(entry.offset(), () -> delivery(entry)))
                .toList())
        .whenComplete(
            (result, failure) -> {
              if (failure == null) {
                finish(key, run.subList(0, result.done()));
                subscription.marks().add(Mark.ATTEMPT_FAILED, result.failure().isPresent() ? 1 : 0);
              } else {
                broken = true;
              }
            });
  }

  private void finish(String key, List<LogEntry> done) {
    done.forEach(entry -> queues.get(key).remove());
    busy.remove(key);
    inFlight -= done.size();
    if (!done.isEmpty()) {
      List<Long> offsets = done.stream().map(LogEntry::offset).toList();
      cursor = cursor.finish(offsets, offset -> 0);
    }
  }

  private Delivery<String> delivery(LogEntry entry) {
    return new Delivery<>(
        subscription.name(),
        subscription.source().id().topic(),
        subscription.source().id().partition(),
        entry.offset(),
        entry.message().key(),
        Optional.of(entry.message().id()),
        entry.message().headers(),
        Instant.EPOCH,
        1,
        false,
        ModelSubscription.text(entry));
  }

  /** Ends anything that was asked of the journals of keys. */
  void endRequest(Random random, Fault fault) {
    keys.endAny(random, fault, !dead);
  }

  /** Begins to make the cursor durable, if there is news. */
  void save() {
    if (saving.isEmpty() && !isEnding() && !cursor.equals(durable)) {
      saving = Optional.of(cursor);
    }
  }

  void endSave(Fault fault) {
    Optional<Cursor> written = saving;
    saving = Optional.empty();
    if (written.isPresent()) {
      boolean stored = fault.stores() && subscription.advance(sequenceNumber, written.get());
      if (stored && fault == Fault.NONE) {
        sequenceNumber++;
        durable = written.get();
      } else {
        broken = true;
        subscription.marks().add(Mark.CURSOR_WRITE_UNKNOWN, stored ? 1 : 0);
      }
    }
  }

  /** It goes on with what runs, and begins nothing new. */
  void end() {
    broken = true;
  }

  /** What it asked for may still happen; it never learns. */
  void crash() {
    dead = true;
  }

  /** Whether nothing more comes of it without something new. */
  boolean isIdle() {
    return saving.isEmpty() && keys.isIdle();
  }
}
