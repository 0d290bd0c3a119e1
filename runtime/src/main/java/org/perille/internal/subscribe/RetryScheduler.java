package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.MessageReader.Wanted;
import org.perille.internal.log.LogEntry;

/**
 * Brings deferred messages back when their time has come: has those read again that weren't cached,
 * records that attempts begin, and has them dispatched when that is durable. A handler that ends
 * its whole process can't hide that it was called.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class RetryScheduler {
  /** Units that are brought back at once: enough to keep handlers busy while others are read. */
  private static final int MAX_GROUPS = 64;

  /** Messages of an ordering group that are brought back at once. */
  private static final int MAX_MESSAGES = 100;

  /** The same of messages that may have been interrupted: so many are tried alone if it happens. */
  private static final int MAX_POSSIBLY_ATTEMPTED = 10;

  /** Of failed messages that wait in memory. */
  private static final long MAX_CACHED_BYTES = 1 << 20;

  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final FailurePolicy failurePolicy;
  private final OrderingMode groups;
  private final CursorKeeper cursors;
  private final Completion completion;
  private final Dispatcher dispatcher;
  private final RetryCache cache = new RetryCache(MAX_CACHED_BYTES);

  /** Units of which messages are being brought back, or are back and still to end. */
  private final Map<String, RetryBatch.OfGroup> back = new HashMap<>();

  /** The ordering group of which a message is under way that must be alone. */
  private Optional<String> suspect = Optional.empty();

  /** Units of which messages are under way that may have been interrupted among many others. */
  private final Set<String> possiblyAttempted = new HashSet<>();

  private boolean closed;

  RetryScheduler(
      WorkerContext context,
      FailureJournal<AfterDurable> journal,
      FailurePolicy failurePolicy,
      CursorKeeper cursors,
      Completion completion,
      Dispatcher dispatcher) {
    this.context = context;
    this.journal = journal;
    this.failurePolicy = failurePolicy;
    this.groups = OrderingMode.of(context.subscription());
    this.cursors = cursors;
    this.completion = completion;
    this.dispatcher = dispatcher;
  }

  private FailureState failures() {
    return journal.failures();
  }

  /** Brings back what is due, and returns when the next message will be. */
  OptionalLong bringBack() {
    long now = context.now();
    List<RetryBatch.OfGroup> returns = new ArrayList<>();
    for (String group : failures().dueAt(now)) {
      if (back.size() >= MAX_GROUPS) {
        break;
      }
      List<DeferredMessage> next = back.containsKey(group) ? List.of() : next(group, now);
      if (!next.isEmpty() && mayComeBack(group, mostSuspicious(next))) {
        RetryBatch.OfGroup brought = new RetryBatch.OfGroup(group, next);
        back.put(group, brought);
        returns.add(brought);
      }
    }
    if (!returns.isEmpty()) {
      begin(new RetryBatch(returns, now));
    }
    return failures().nextDueAfter(now);
  }

  /**
   * What may have been interrupted among many others comes back as one of a few. What was
   * interrupted as one of a few is under way alone, until its outcome is durable: if it ends the
   * process it has done so by itself, and nobody else is taken for its fault.
   */
  private boolean mayComeBack(String group, DeferredMessage message) {
    if (!message.outcomeUnknown()) {
      return true;
    }
    if (suspect.isPresent() || (message.runsAlone() && !possiblyAttempted.isEmpty())) {
      return false;
    }
    if (message.runsAlone()) {
      suspect = Optional.of(group);
    } else {
      possiblyAttempted.add(group);
    }
    return true;
  }

  private static DeferredMessage mostSuspicious(List<DeferredMessage> messages) {
    return messages.stream()
        .filter(DeferredMessage::outcomeUnknown)
        .findFirst()
        .orElse(messages.get(0));
  }

  private void clear(String group) {
    if (suspect.filter(group::equals).isPresent() || possiblyAttempted.contains(group)) {
      journal.whenDurable(new AfterDurable.EndTrial(group));
    }
  }

  /** The outcome of an ordering group's messages is durable that may have ended a process. */
  void endTrial(String group) {
    suspect = suspect.filter(other -> !other.equals(group));
    possiblyAttempted.remove(group);
  }

  /** Behind what was fed a message may be missing that comes before one that is due. */
  private List<DeferredMessage> next(String group, long now) {
    long fedBelow = dispatcher.fedBelow();
    List<DeferredMessage> next = failures().nextOnes(group, now, MAX_MESSAGES);
    boolean suspicious = next.stream().anyMatch(DeferredMessage::outcomeUnknown);
    return next.stream()
        .limit(suspicious ? MAX_POSSIBLY_ATTEMPTED : MAX_MESSAGES)
        .takeWhile(message -> message.offset() < fedBelow)
        .toList();
  }

  private void begin(RetryBatch batch) {
    List<Wanted> wanted = new ArrayList<>();
    for (RetryBatch.OfGroup group : batch.groups()) {
      for (DeferredMessage message : group.messages()) {
        cache
            .take(message.offset())
            .ifPresentOrElse(
                batch::add,
                () -> wanted.add(new Wanted(message.offset(), message.sequenceNumber())));
      }
    }
    if (wanted.isEmpty()) {
      batch.read(Map.of());
    } else {
      context.add(new WorkerAction.ReadMessages(wanted, Optional.of(batch)));
    }
    if (!cursors.reopen(batch.offsets(), batch)) {
      reopened(batch);
    }
  }

  /** Records that attempts begin: no durable cursor contains these messages any more. */
  void reopened(RetryBatch batch) {
    for (RetryBatch.OfGroup group : stillWanted(batch)) {
      journal.record(new FailureEvent.Begun(group.group(), group.offsets()));
    }
    completion.updateHandled();
    journal.whenDurable(new AfterDurable.StartRetries(batch));
  }

  /** Takes the messages that were read for a batch. */
  void read(RetryBatch batch, Map<Long, LogEntry> found) {
    batch.read(found);
    dispatchIfReady(batch);
  }

  /** Takes notice that it is durable that attempts begin. */
  void start(RetryBatch batch) {
    batch.recorded();
    dispatchIfReady(batch);
  }

  private void dispatchIfReady(RetryBatch batch) {
    if (batch.isReady() && !closed) {
      dispatcher.handleAgain(deliveries(batch));
    }
  }

  /**
   * Another message of an ordering group may have failed meanwhile: then what follows it waits once
   * more.
   */
  private List<RetryBatch.OfGroup> stillWanted(RetryBatch batch) {
    return batch.groups().stream().filter(group -> back.get(group.group()) == group).toList();
  }

  private List<PendingDelivery> deliveries(RetryBatch batch) {
    List<PendingDelivery> deliveries = new ArrayList<>();
    for (RetryBatch.OfGroup group : stillWanted(batch)) {
      for (DeferredMessage message : group.messages()) {
        LogEntry entry = batch.entry(message.offset());
        PendingDelivery delivery =
            new PendingDelivery(
                entry,
                groups.of(entry),
                message.sequenceNumber(),
                new PendingDelivery.Past(
                    message.attempts(),
                    message.tried(),
                    message.redriven(),
                    failurePolicy.isExhausted(message, batch.nowMillis())));
        if (message.runsAlone()) {
          delivery.beAlone();
        }
        deliveries.add(delivery);
      }
    }
    return deliveries;
  }

  /** A message is done that was brought back. */
  void done(String group, long offset) {
    journal.record(new FailureEvent.Resolved(group, offset));
    back.computeIfPresent(group, (name, brought) -> brought.isLast() ? null : brought);
    if (!back.containsKey(group)) {
      clear(group);
    }
  }

  /** A message failed that is going to be tried again. */
  void failed(LogEntry entry) {
    cache.keep(entry);
  }

  /**
   * What was brought back of an ordering group has ended: one failed, and those behind it were
   * discarded.
   */
  void ended(String group) {
    back.remove(group);
    clear(group);
  }

  /** Dispatches nothing more: the worker stops. */
  void close() {
    closed = true;
  }

  /** Nothing runs any more, and what was brought back and not tried is as it was. */
  void giveBack() {
    Set<String> all = new HashSet<>(back.keySet());
    all.forEach(group -> journal.record(new FailureEvent.Withdrawn(group)));
    back.clear();
  }
}
