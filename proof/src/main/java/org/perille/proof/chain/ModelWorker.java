package org.perille.proof.chain;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.perille.Delivery;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.effect.EffectCodec;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.effect.KeyBehavior;
import org.perille.internal.effect.KeyCache;
import org.perille.internal.effect.KeyProcessor;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.settings.EffectSettings;
import org.perille.proof.chain.DeferredOne.Status;
import org.perille.proof.chain.ModelQueues.Queued;
import org.perille.testkit.history.Phase;

/**
 * One epoch of a worker.
 *
 * <p>It reads its partition, lets the real code handle messages, defers those that fail, and makes
 * its progress durable at any later time. It may continue after it was replaced.
 */
final class ModelWorker {
  /** The maximum number of messages in flight. */
  static final int MAX_IN_FLIGHT = 24;

  /** The maximum number of finished messages that aren't durably finished. */
  static final int MAX_NOT_DURABLE = 12;

  /** The number of failed attempts after which the worker gives up a message. */
  private static final int MAX_ATTEMPTS = 2;

  private static final EffectSettings SETTINGS =
      new EffectSettings(
          2,
          Duration.ofMinutes(1),
          3,
          new EffectSettings.EffectLimits(1 << 20, 1 << 20, 1 << 20),
          "",
          "");

  private final ModelSubscription subscription;
  private final String node;
  private final long epoch;
  private final KeyProcessor<String> runs;
  private final ModelKeys keys;
  private final ModelQueues queues = new ModelQueues();
  private final ModelFailures failures;
  private final ProgressWriter writer;
  private final Set<String> busy = new HashSet<>();

  /**
   * The messages that were given up but aren't durably dead letters. Until then their keys wait.
   */
  private final Set<Queued> givenUp = new HashSet<>();

  private Cursor cursor;
  private OffsetSet redriven;
  private long nextOffset;
  private boolean begun;
  private boolean leaving;
  private boolean broken;
  private boolean dead;

  ModelWorker(ModelSubscription subscription, ModelNode node, long epoch, ModelProgress recovered) {
    this.subscription = subscription;
    this.node = node.name();
    this.epoch = epoch;
    this.failures = new ModelFailures(recovered.deferred());
    this.cursor = recovered.cursor();
    this.redriven = recovered.redriven();
    this.writer = new ProgressWriter(subscription, this, recovered);
    this.nextOffset = cursor.nextOffset();
    KeyBehavior<String> logic = KeyBehavior.of(new ModelHandler(subscription, this));
    EffectCodec codec = subscription.store().codec();
    KeyCache active =
        new KeyCache(subscription.keyIds(cursor.generation().number()), logic, codec, SETTINGS);
    this.keys = new ModelKeys(subscription, active);
    this.runs =
        new KeyProcessor<>(
            active,
            logic,
            codec,
            topic -> new ModelChainPublisher(subscription, this, node.chainPublisher(topic)),
            new KeyProcessor.Identity(
                subscription.producer(cursor.generation().publication()),
                epoch,
                cursor.generation().suppressed(),
                () -> HandledOffsets.of(writer.durable().handled())),
            Runnable::run,
            Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    recovered.deferred().forEach(this::recover);
    pass(recovered.deferred());
  }

  private void recover(long offset, DeferredOne deferred) {
    if (deferred.is(Status.REDRIVEN)) {
      queues.addLate(entry(offset));
    } else if (!deferred.is(Status.LETTER)) {
      takeIn(entry(offset));
    }
  }

  private LogEntry entry(long offset) {
    return subscription.source().entry(offset);
  }

  String node() {
    return node;
  }

  @Override
  public String toString() {
    return "worker " + epoch + " on " + node;
  }

  boolean isDead() {
    return dead;
  }

  /** Returns the phase of the worker, for a fault that hits it now. */
  Phase phase() {
    boolean atWork = !busy.isEmpty() || !progress().equals(writer.durable());
    if (leaving && atWork) {
      return Phase.HANDING_OFF;
    }
    if (writer.isStored() || keys.isIn(Phase.AFTER_WRITE)) {
      return Phase.AFTER_WRITE;
    }
    if (isSaving() || keys.isIn(Phase.BEFORE_WRITE)) {
      return Phase.BEFORE_WRITE;
    }
    if (!begun || keys.isIn(Phase.RECOVERING)) {
      return Phase.RECOVERING;
    }
    return atWork ? Phase.AFTER_ANSWER : Phase.UNKNOWN;
  }

  long epoch() {
    return epoch;
  }

  /** Returns the progress of the worker, durable or not. */
  ModelProgress progress() {
    return new ModelProgress(cursor, failures.all(), redriven);
  }

  /** Returns the sequence number of the next write of progress. */
  long sequenceNumber() {
    return writer.sequenceNumber();
  }

  /** Returns whether the worker starts nothing new. */
  boolean isEnding() {
    return leaving || broken || dead;
  }

  boolean isSaving() {
    return writer.isWriting();
  }

  /** Reads more messages, as far as the limits allow. */
  void fetch(int messages) {
    begun = true;
    long end = Math.min(subscription.source().nextOffset(), nextOffset + messages);
    while (nextOffset < end && queues.size() < MAX_IN_FLIGHT && notDurable() < MAX_NOT_DURABLE) {
      if (!cursor.isFinished(nextOffset)) {
        takeIn(entry(nextOffset));
      }
      nextOffset++;
    }
  }

  private void takeIn(LogEntry entry) {
    String key = entry.message().key();
    if (failures.isParked(key)) {
      failures.park(entry.offset(), key);
      subscription.recorder().mark(Mark.MESSAGE_PARKED);
    } else {
      queues.add(entry);
    }
  }

  private long notDurable() {
    Cursor durable = writer.durable().cursor();
    long from = durable.nextOffset();
    return cursor.finished().countFrom(from) - durable.finished().countFrom(from);
  }

  /** Returns the keys that have messages and aren't being handled. */
  List<String> readyKeys() {
    return queues.keys().stream().filter(key -> !busy.contains(key)).toList();
  }

  /** Starts to handle the first messages of a key. */
  void run(String key, int messages) {
    busy.add(key);
    List<Queued> run = queues.first(key, messages);
    runs.handle(
            key,
            run.stream()
                .map(one -> new KeyProcessor.Item<>(one.offset(), one.late(), () -> delivery(one)))
                .toList(),
            () -> true)
        .whenComplete(
            (result, failure) -> {
              if (failure != null) {
                broken = true;
                return;
              }
              busy.remove(key);
              run.subList(0, result.done()).forEach(this::finish);
              if (result.failure().isPresent()) {
                subscription.recorder().mark(Mark.ATTEMPT_FAILED);
                fail(run.get(result.done()));
              }
            });
  }

  private void finish(Queued one) {
    boolean wasParked = failures.isParked(one.key());
    queues.remove(one);
    failures.done(one.offset());
    if (one.offset() < cursor.generation().start()) {
      redriven = redriven.add(List.of(one.offset()));
    } else {
      cursor = cursor.finish(List.of(one.offset()), offset -> 0);
    }
    if (wasParked && !failures.isParked(one.key())) {
      failures.parked(one.key()).forEach(offset -> queues.add(entry(offset)));
    }
    subscription.recorder().mark(Mark.REDRIVEN_DONE, one.late() ? 1 : 0);
  }

  private void fail(Queued one) {
    if (failures.failed(one.offset(), one.key()) >= MAX_ATTEMPTS) {
      busy.add(one.key());
      runs.giveUp(one.key(), one.offset(), one.late())
          .whenComplete(
              (verdict, failure) -> {
                if (failure == null) {
                  failurePolicy(one, verdict);
                } else {
                  broken = true;
                }
              });
    }
  }

  private void failurePolicy(Queued one, KeyProcessor.GiveUpResult verdict) {
    if (verdict instanceof KeyProcessor.GiveUpResult.GivenUp) {
      queues.remove(one);
      failures.giveUp(one.offset(), one.key(), subscription.parks());
      if (failures.isParked(one.key())) {
        // Defers all at once. If a later one were deferred first, it would overtake the others
        // after a crash.
        queues.removeInTurn(one.key()).forEach(behind -> takeIn(behind.entry()));
      }
      givenUp.add(one);
      subscription.recorder().mark(Mark.GIVEN_UP);
      return;
    }
    busy.remove(one.key());
    if (verdict instanceof KeyProcessor.GiveUpResult.Done) {
      finish(one);
      subscription.recorder().mark(Mark.HANDLED_AFTER_ALL);
    }
  }

  private Delivery<String> delivery(Queued one) {
    Delivery.Builder<String> delivery =
        Delivery.builder(ModelSubscription.text(one.entry()))
            .subscription(subscription.name())
            .topic(subscription.source().id().topic())
            .partition(subscription.source().id().partition())
            .offset(one.offset())
            .key(one.key())
            .headers(one.entry().message().headers());
    return one.entry().message().messageId().map(delivery::messageId).orElse(delivery).build();
  }

  /** Requests the redrive of a random dead letter. It takes effect when the request is durable. */
  void redriveAny(Random random) {
    if (!isEnding()) {
      failures.redriveAny(random, writer.durable().deferred());
    }
  }

  /** Continues a random request to the journals of keys. */
  void endRequest(Random random, Fault fault) {
    keys.endAny(random, fault, !dead);
  }

  /** Starts to make progress durable. A worker that leaves still does so. */
  void save() {
    if (!broken && !dead) {
      writer.begin(progress());
    }
  }

  /** Stores the progress that is being saved, or learns that it is stored. */
  void goOnSaving(Fault fault) {
    if (writer.isStored()) {
      SortedMap<Long, DeferredOne> deferred = writer.answer().deferred();
      pass(deferred);
      actOn(deferred);
    } else if (writer.isWriting() && !writer.store(fault)) {
      broken = true;
    }
  }

  private void pass(Map<Long, DeferredOne> deferred) {
    cursor = cursor.finish(deferred.keySet(), offset -> 0);
  }

  private void actOn(SortedMap<Long, DeferredOne> deferred) {
    deferred.forEach(
        (offset, one) -> {
          if (one.is(Status.REDRIVEN) && failures.is(offset, Status.REDRIVEN)) {
            queues.addLate(entry(offset));
          }
        });
    List<Queued> letters =
        givenUp.stream()
            .filter(one -> deferred.containsKey(one.offset()))
            .filter(one -> deferred.get(one.offset()).is(Status.LETTER))
            .toList();
    letters.forEach(
        letter -> {
          givenUp.remove(letter);
          busy.remove(letter.key());
        });
  }

  /** Makes the worker leave. It completes what runs, and starts nothing new. */
  void leave() {
    leaving = true;
  }

  /** Crashes the worker. Its requests may still be executed, but it doesn't learn of that. */
  void crash() {
    dead = true;
  }

  /** Returns whether the worker has nothing under way. */
  boolean isIdle() {
    return !writer.isWriting() && keys.isIdle();
  }
}
