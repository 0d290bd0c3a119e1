package org.perille.internal.worker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.perille.internal.Pure;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.MessageReader.Wanted;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;

/**
 * Retries deferred messages when they are due.
 *
 * <p>It reads the messages that aren't cached, records the begin of their attempts, and dispatches
 * them when that is durable. So a successor knows of the call even if the handler ends its whole
 * process.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class RetryScheduler {
  /**
   * The maximum number of ordering groups that are retried at once. It keeps handlers busy while
   * others are read.
   */
  private static final int MAX_GROUPS = 64;

  /** The maximum number of messages of an ordering group that are retried at once. */
  private static final int MAX_MESSAGES = 100;

  /**
   * The same maximum if an attempt may have been interrupted. At another interruption this many
   * messages are tried alone.
   */
  private static final int MAX_POSSIBLY_ATTEMPTED = 10;

  /** The maximum size of the cache of failed messages. */
  private static final long MAX_CACHED_BYTES = 1 << 20;

  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final FailurePolicy failurePolicy;
  private final OrderingMode groups;
  private final CursorKeeper cursors;
  private final Completion completion;
  private final Dispatcher dispatcher;
  private final RetryCache cache = new RetryCache(MAX_CACHED_BYTES);

  /** The ordering groups whose messages are being read or are under way. */
  private final Map<String, RetryBatch.OfGroup> back = new HashMap<>();

  /** The ordering group with a message under way that must run alone. */
  private Optional<String> suspect = Optional.empty();

  /**
   * The ordering groups with messages under way that may have been interrupted among many others.
   */
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

  /** Retries the messages that are due; returns when the next one is due. */
  OptionalLong bringBack() {
    long now = context.now();
    List<RetryBatch.OfGroup> returns = new ArrayList<>();
    for (String group : failures().deferred().dueAt(now)) {
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
    return failures().deferred().nextDueAfter(now);
  }

  /**
   * Returns whether a message may be retried now.
   *
   * <p>A message that may have been interrupted among many others is retried as one of a few. A
   * message that was interrupted as one of a few is retried alone, until its outcome is durable. If
   * such an attempt ends the process, that message has caused it, and no other message is blamed.
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

  /**
   * Ends a trial: the outcome of an ordering group's messages that may have ended a process is
   * durable.
   */
  void endTrial(String group) {
    suspect = suspect.filter(other -> !other.equals(group));
    possiblyAttempted.remove(group);
  }

  /**
   * Returns the messages of an ordering group to retry now. They must be among the messages that
   * were fed: otherwise an earlier message of the group could be missing.
   */
  private List<DeferredMessage> next(String group, long now) {
    long fedBelow = dispatcher.fedBelow();
    List<DeferredMessage> next = failures().deferred().next(group, now, MAX_MESSAGES);
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

  /** Records the begin of attempts. No durable cursor contains these messages any more. */
  void reopened(RetryBatch batch) {
    for (RetryBatch.OfGroup group : stillWanted(batch)) {
      journal.record(new FailureEvent.Begun(group.group(), group.offsets()));
    }
    completion.updateHandled();
    journal.whenDurable(new AfterDurable.StartRetries(batch));
  }

  /** Accepts the messages that were read for a batch. */
  void read(RetryBatch batch, Map<Long, LogEntry> found) {
    batch.read(found);
    dispatchIfReady(batch);
  }

  /** Notes that the begin of a batch's attempts is durable. */
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
   * Returns the groups of a batch that are still to be retried. If another message of a group has
   * failed meanwhile, the messages behind it wait once more.
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

  /** Records that a retried message is done. */
  void done(String group, long offset) {
    journal.record(new FailureEvent.Resolved(group, offset));
    back.computeIfPresent(group, (name, brought) -> brought.isLast() ? null : brought);
    if (!back.containsKey(group)) {
      clear(group);
    }
  }

  /** Caches a failed message that will be retried. */
  void failed(LogEntry entry) {
    cache.keep(entry);
  }

  /**
   * Ends the retry of an ordering group: one message failed, and those behind it were withdrawn.
   */
  void ended(String group) {
    back.remove(group);
    clear(group);
  }

  /** Stops dispatching, since the worker is stopping. */
  void close() {
    closed = true;
  }

  /** Withdraws the attempts that were begun and not made. No handler runs any more. */
  void giveBack() {
    Set<String> all = new HashSet<>(back.keySet());
    all.forEach(group -> journal.record(new FailureEvent.Withdrawn(group)));
    back.clear();
  }
}
