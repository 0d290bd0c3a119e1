package org.perille.testkit.history;

import java.util.List;
import java.util.Objects;
import org.perille.Guarantee;
import org.perille.OnExhausted;
import org.perille.Receipt;
import org.perille.StartPosition;
import org.perille.Subscription;

/**
 * An operation of a run, or a fact that was found after it.
 *
 * <p><b>Units</b>: {@code at} is read from one clock for the whole history: {@link
 * System#nanoTime()} of processes on one machine, or a simulator's step counter. Operations with
 * the same time count in the order in which they were recorded.
 *
 * <p>Partitions and offsets count from 0. No component is ever null. A message without an id has
 * the id {@code ""}. A <em>call</em> is a number that names a publish or a handler's attempt,
 * unique in the history ({@link Recorder#newCall()} returns such numbers).
 *
 * <p>An <em>epoch</em> is the epoch of the acting worker or partition, which rises whenever a
 * successor replaces it. It is not the number of a process, in which two epochs of a partition's
 * worker may be alive. Use {@link #UNKNOWN_EPOCH} if it is unknown; facts that depend on it aren't
 * judged.
 *
 * <p><b>Threading</b>: immutable.
 */
public sealed interface Operation {
  /** The epoch if it is unknown. */
  long UNKNOWN_EPOCH = 0;

  /** Returns the time of the operation, or of the finding. */
  long at();

  /**
   * A subscription exists. Recorded before its use, by any number of processes.
   *
   * @param subscription its name, unique in the history
   * @param topic the topic that it receives
   * @param guarantee its guarantee
   * @param ordered true if messages of one key are handled one at a time
   * @param fromEarliest true if it starts at the oldest message; otherwise it need only receive the
   *     messages after the first one that it is known to have reached
   * @param onExhausted the messages that may wait behind a dead letter
   */
  record SubscriptionDeclared(
      long at,
      String subscription,
      String topic,
      Guarantee guarantee,
      boolean ordered,
      boolean fromEarliest,
      OnExhausted onExhausted)
      implements Operation {
    public SubscriptionDeclared {
      Objects.requireNonNull(subscription, "subscription");
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(guarantee, "guarantee");
      Objects.requireNonNull(onExhausted, "onExhausted");
    }

    /** Creates a declaration with the defaults of its guarantee. */
    public SubscriptionDeclared(
        long at, String subscription, String topic, Guarantee guarantee, boolean ordered) {
      this(
          at,
          subscription,
          topic,
          guarantee,
          ordered,
          guarantee != Guarantee.EPHEMERAL,
          guarantee == Guarantee.EFFECTIVELY_ONCE ? OnExhausted.PARK_KEY : OnExhausted.CONTINUE);
    }

    /** Returns the declaration of a subscription of Perille. */
    public static SubscriptionDeclared of(long at, Subscription<?> subscription) {
      return new SubscriptionDeclared(
          at,
          subscription.name(),
          subscription.topic().name(),
          subscription.guarantee(),
          subscription.ordered(),
          subscription.start().equals(StartPosition.earliest()),
          subscription.onExhausted());
    }
  }

  /**
   * A message is about to be published. Without a {@link PublishEnded} its outcome is unknown.
   *
   * @param publisher a caller with one call after the other (a thread), because the order of its
   *     calls is guaranteed
   * @param value the published value, unique in the history
   * @param messageId the publisher's id of the message, or {@code ""}
   */
  record PublishInvoked(
      long at,
      long call,
      String publisher,
      String topic,
      String key,
      String value,
      String messageId)
      implements Operation {
    public PublishInvoked {
      Objects.requireNonNull(publisher, "publisher");
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(messageId, "messageId");
    }
  }

  /**
   * A publish has ended.
   *
   * @param call the call of the {@link PublishInvoked}
   * @param partition the partition if it is ok, otherwise -1
   * @param offset the offset if it is ok, otherwise -1
   * @param duplicate true if it was stored before under the same id
   */
  record PublishEnded(
      long at, long call, Outcome outcome, int partition, long offset, boolean duplicate)
      implements Operation {
    public PublishEnded {
      Objects.requireNonNull(outcome, "outcome");
    }

    /** Returns the end of a publish with a receipt. */
    public static PublishEnded ok(long at, long call, Receipt receipt) {
      return new PublishEnded(
          at, call, Outcome.OK, receipt.partition(), receipt.offset(), receipt.duplicate());
    }

    /** Returns the end of a refused publish: the message is certainly not stored. */
    public static PublishEnded failed(long at, long call) {
      return new PublishEnded(at, call, Outcome.FAILED, -1, -1, false);
    }

    /** Returns the end of a publish with an unknown outcome. */
    public static PublishEnded unknown(long at, long call) {
      return new PublishEnded(at, call, Outcome.UNKNOWN, -1, -1, false);
    }
  }

  /**
   * A publish without a receipt was accepted, such as {@code publishAndForget}. It may be lost.
   *
   * <p>If it is stored, its position in the log is judged like that of a receipt.
   *
   * @param call the call of the {@link PublishInvoked}
   */
  record PublishForgotten(long at, long call) implements Operation {}

  /**
   * A message is about to be inserted into an outbox, in a transaction of the application.
   *
   * <p>It must be stored if the transaction commits, and not be stored if it doesn't. Its position
   * in the log is judged like that of a receipt. It needs no {@link PublishEnded}: {@code failed}
   * if it was refused, {@code unknown} if the application can't find out the outcome of the
   * transaction.
   *
   * @param call the call of the {@link PublishInvoked}
   */
  record OutboxInvoked(long at, long call) implements Operation {}

  /**
   * The transaction that inserted a message into an outbox has committed, as the commit's return or
   * the application's own tables show.
   *
   * @param value the message
   */
  record OutboxCommitted(long at, String topic, String value) implements Operation {
    public OutboxCommitted {
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * All committed messages of a topic were recorded, and none of them waits in an outbox any more.
   *
   * <p>Recorded after the last transaction has ended, and before the log is read. The transaction
   * of a message without {@link OutboxCommitted} rolled back, unless its publish ended as unknown.
   */
  record OutboxRead(long at, String topic) implements Operation {
    public OutboxRead {
      Objects.requireNonNull(topic, "topic");
    }
  }

  /**
   * The times between which handling of a message may start. Recorded before it is published.
   *
   * <p><b>Units</b>: those of {@code at}. If the handling node decides by another clock, widen the
   * limits by the possible difference.
   *
   * @param value the message
   * @param notBefore the earliest time, or {@link Long#MIN_VALUE}
   * @param notAfter the latest time, or {@link Long#MAX_VALUE}
   */
  record Scheduled(long at, String topic, String value, long notBefore, long notAfter)
      implements Operation {
    public Scheduled {
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * The position at which a subscription starts in a partition, as it follows from its definition.
   *
   * <p>Recorded at any time. A subscription without it starts as {@link SubscriptionDeclared} says.
   *
   * @param offset the first offset that it handles
   */
  record Begun(long at, String subscription, int partition, long offset) implements Operation {
    public Begun {
      Objects.requireNonNull(subscription, "subscription");
    }
  }

  /**
   * A handler starts an attempt. Recorded before any action of it.
   *
   * @param node the node
   * @param epoch the epoch of the subscription's worker for this partition
   * @param attempt the number of the attempt: 1, 2, 3, …
   * @param redelivered true if there may have been an attempt before; true if this is unknown, and
   *     then it isn't judged
   */
  record HandlerEntered(
      long at,
      long call,
      String subscription,
      String node,
      long epoch,
      String topic,
      int partition,
      long offset,
      String key,
      String value,
      int attempt,
      boolean redelivered)
      implements Operation {
    public HandlerEntered {
      Objects.requireNonNull(subscription, "subscription");
      Objects.requireNonNull(node, "node");
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
    }

    /** Creates an attempt that doesn't claim to be the first one. */
    public HandlerEntered(
        long at,
        long call,
        String subscription,
        String node,
        long epoch,
        String topic,
        int partition,
        long offset,
        String key,
        String value,
        int attempt) {
      this(
          at, call, subscription, node, epoch, topic, partition, offset, key, value, attempt, true);
    }
  }

  /**
   * A handler has ended an attempt. Without it the outcome of the attempt is unknown.
   *
   * <p>Recorded after all its actions, and before it returns, so before the acknowledgement.
   *
   * @param call the call of the {@link HandlerEntered}
   */
  record HandlerLeft(long at, long call, Outcome outcome) implements Operation {
    public HandlerLeft {
      Objects.requireNonNull(outcome, "outcome");
    }
  }

  /**
   * The effect of a message is in the effect's own store. It may have been there for long.
   *
   * @param order rises in the order in which effects of one key were committed, and differs for
   *     each effect of a key
   * @param epoch the epoch of the worker that committed it
   */
  record EffectFound(
      long at,
      long order,
      String subscription,
      int partition,
      long offset,
      String key,
      String value,
      long epoch)
      implements Operation {
    public EffectFound {
      Objects.requireNonNull(subscription, "subscription");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * All effects of a subscription were read, after the run. An effect that wasn't found doesn't
   * exist.
   */
  record EffectsRead(long at, String subscription) implements Operation {
    public EffectsRead {
      Objects.requireNonNull(subscription, "subscription");
    }
  }

  /**
   * The reply of a subscription to a message was read.
   *
   * @param value the message that the reply belongs to by its content, or {@code ""} without a
   *     reply
   * @param reply the complete content of the reply, or {@code ""} without a reply
   */
  record ReplyRead(
      long at,
      String reader,
      String subscription,
      int partition,
      long offset,
      String key,
      String value,
      String reply)
      implements Operation {
    public ReplyRead {
      Objects.requireNonNull(reader, "reader");
      Objects.requireNonNull(subscription, "subscription");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(reply, "reply");
    }
  }

  /**
   * The state of a key of an event-sourced subscription was read.
   *
   * @param at the time of the answer
   * @param invokedAt the time of the request
   * @param effects the number of the key's effects in the state
   * @param lastValue the message of the last of them, or {@code ""} if there is none
   */
  record StateRead(
      long at,
      long invokedAt,
      String reader,
      String subscription,
      int partition,
      String key,
      long effects,
      String lastValue)
      implements Operation {
    public StateRead {
      Objects.requireNonNull(reader, "reader");
      Objects.requireNonNull(subscription, "subscription");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(lastValue, "lastValue");
    }
  }

  /**
   * Two values that must be equal were compared.
   *
   * <p>For example, the headers of a message with the published ones, or the count of dead letters
   * with their list.
   *
   * @param what the comparison, for the report
   */
  record Compared(long at, String what, String expected, String found) implements Operation {
    public Compared {
      Objects.requireNonNull(what, "what");
      Objects.requireNonNull(expected, "expected");
      Objects.requireNonNull(found, "found");
    }
  }

  /**
   * A durable cursor was read by another party than its worker.
   *
   * @param epoch the epoch of the worker that wrote it
   * @param below every offset below this one is finished, or durably deferred
   * @param above further such offsets
   */
  record CursorFound(
      long at, String subscription, int partition, long epoch, long below, List<Long> above)
      implements Operation {
    public CursorFound {
      Objects.requireNonNull(subscription, "subscription");
      above = List.copyOf(above);
    }
  }

  /**
   * A worker starts with this cursor.
   *
   * @param epoch the worker's own epoch
   * @param below every offset below this one is finished, or durably deferred
   * @param above further such offsets
   */
  record CursorRecovered(
      long at, String subscription, int partition, long epoch, long below, List<Long> above)
      implements Operation {
    public CursorRecovered {
      Objects.requireNonNull(subscription, "subscription");
      above = List.copyOf(above);
    }
  }

  /**
   * A partition starts with this log. Recorded when its predecessor can't append any more.
   *
   * @param epoch the partition's own epoch
   * @param end the first offset that it doesn't have
   */
  record LogRecovered(long at, String topic, int partition, long epoch, long end)
      implements Operation {
    public LogRecovered {
      Objects.requireNonNull(topic, "topic");
    }
  }

  /**
   * A message is among the dead letters of a subscription: it became one, or is in a listing.
   *
   * <p>The last listing, after the final heal, should be recorded completely, because it shows the
   * outcome of redriven messages.
   */
  record DeadLettered(long at, String subscription, int partition, long offset)
      implements Operation {
    public DeadLettered {
      Objects.requireNonNull(subscription, "subscription");
    }
  }

  /**
   * The message of a dead letter is in the subscription's dead-letter topic.
   *
   * @param offset the offset of the message in its original topic
   */
  record LetterPublished(
      long at, String subscription, int partition, long offset, String key, String value)
      implements Operation {
    public LetterPublished {
      Objects.requireNonNull(subscription, "subscription");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * The dead-letter topic of a subscription was read to its end, after the last dead letter.
   *
   * <p>A dead letter that wasn't found doesn't exist in it.
   */
  record LettersRead(long at, String subscription) implements Operation {
    public LettersRead {
      Objects.requireNonNull(subscription, "subscription");
    }
  }

  /**
   * A dead letter is about to be redriven. From now on it may be handled again, after later
   * messages of its key.
   */
  record Redriven(long at, String subscription, int partition, long offset) implements Operation {
    public Redriven {
      Objects.requireNonNull(subscription, "subscription");
    }
  }

  /** A dead letter has been discarded. From now on it must not be handled. */
  record Discarded(long at, String subscription, int partition, long offset) implements Operation {
    public Discarded {
      Objects.requireNonNull(subscription, "subscription");
    }
  }

  /** A policy skipped a message, such as an expired one. */
  record Skipped(long at, String subscription, int partition, long offset) implements Operation {
    public Skipped {
      Objects.requireNonNull(subscription, "subscription");
    }
  }

  /**
   * A subscription is about to be reset. From now on messages may be handled, with effects, once
   * more.
   *
   * @param position the first offset, in every partition, that is handled again
   */
  record ResetOrdered(long at, String subscription, long position) implements Operation {
    public ResetOrdered {
      Objects.requireNonNull(subscription, "subscription");
    }
  }

  /**
   * A message of the log, read by an independent reader.
   *
   * <p>The final log consists of the messages that are read from all partitions, from offset 0 on,
   * after all faults have healed.
   *
   * @param reader the name of the reader; there may be several, also during the run
   */
  record MessageRead(
      long at,
      String reader,
      String topic,
      int partition,
      long offset,
      String key,
      String value,
      String messageId)
      implements Operation {
    public MessageRead {
      Objects.requireNonNull(reader, "reader");
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(messageId, "messageId");
    }
  }

  /**
   * A reader has read a partition to its end, after the last append.
   *
   * @param end the first offset that the log doesn't have
   */
  record LogRead(long at, String reader, String topic, int partition, long end)
      implements Operation {
    public LogRead {
      Objects.requireNonNull(reader, "reader");
      Objects.requireNonNull(topic, "topic");
    }
  }

  /**
   * An event is in a journal: an append, a cursor, a key's effects.
   *
   * @param epoch the epoch of the writer
   */
  record Stored(long at, String persistenceId, long sequenceNumber, long epoch)
      implements Operation {
    public Stored {
      Objects.requireNonNull(persistenceId, "persistenceId");
    }
  }

  /**
   * A confirmation or another control message changed its receiver.
   *
   * @param party the receiver
   * @param ownEpoch the receiver's epoch
   * @param messageEpoch the epoch that the message is for, or is of
   */
  record ControlApplied(long at, String party, long ownEpoch, long messageEpoch)
      implements Operation {
    public ControlApplied {
      Objects.requireNonNull(party, "party");
    }
  }

  /**
   * A fault starts.
   *
   * @param kind its name, which demands refer to
   * @param phase the phase that it hit
   * @param detail a description, for the report
   */
  record FaultBegan(long at, String kind, Phase phase, String detail) implements Operation {
    public FaultBegan {
      Objects.requireNonNull(kind, "kind");
      Objects.requireNonNull(phase, "phase");
      Objects.requireNonNull(detail, "detail");
    }
  }

  /** A fault is over. */
  record FaultEnded(long at, String kind, Phase phase, String detail) implements Operation {
    public FaultEnded {
      Objects.requireNonNull(kind, "kind");
      Objects.requireNonNull(phase, "phase");
      Objects.requireNonNull(detail, "detail");
    }
  }

  /**
   * All faults are over permanently: every node is back, and all replacements are done.
   *
   * <p>The last one counts.
   */
  record Healed(long at) implements Operation {}

  /** The run is over: everything is handled, or the time-out has expired. */
  record Ended(long at) implements Operation {}
}
