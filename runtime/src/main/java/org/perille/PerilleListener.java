package org.perille;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A listener to what happens on a node, for metrics and alarms.
 *
 * <p>Register it with {@link NodeOptions#withListener}. Each method does nothing by default, and
 * later versions may add methods.
 *
 * <p><b>Guarantee</b>: a listener can't lose, duplicate, delay or reorder messages, whatever it
 * throws and however long it takes. Events wait for it in a queue of at most 10,000. While the
 * queue is full, events are counted instead: see {@link #missed}.
 *
 * <p><b>Not guaranteed</b>: events are not stored. Those in the queue are lost when the process
 * ends. Failures are reported when the worker decides, before that is durable. So a crash may
 * repeat events, as it repeats attempts. After {@link Perille#close} no further events are
 * reported.
 *
 * <p><b>Threading</b>: one thread for each listener calls its methods, one at a time. It goes on
 * when a node that was downed starts again in its process. What a worker reports about a partition
 * comes in the order in which the worker decides; {@link #handled} may come before or after it.
 *
 * <p><b>Failure</b>: what a method throws is logged, at most once a minute with its stack, and the
 * next event follows.
 */
public interface PerilleListener {

  /**
   * Messages of the application that are stored, and whose receipts have arrived.
   *
   * @param topic the name of the topic
   * @param messages the number of messages that a batch had, at least 1
   * @param duplicates how many of them were stored before
   * @param latency the time from the publish of the batch's first message to its receipt
   */
  record Published(String topic, int messages, int duplicates, Duration latency) {}

  /**
   * A message of the application that was refused, and isn't stored.
   *
   * @param topic the name of the topic
   * @param reason the reason that the publisher got
   */
  record Refused(String topic, PublishRefusedException.Reason reason) {}

  /**
   * A message of the application without a receipt, which may be stored.
   *
   * @param topic the name of the topic
   */
  record Unknown(String topic) {}

  /**
   * The partition of a subscription in which something happened.
   *
   * @param topic the name of the topic
   * @param subscription the name of the subscription
   * @param partition 0 to the topic's number of partitions, exclusive
   */
  record Place(String topic, String subscription, int partition) {}

  /**
   * Messages that a handler has handled in one call.
   *
   * @param place the partition
   * @param messages the number of messages: 1, or more in a transaction of a JDBC handler
   * @param time the duration of the handler. For a JDBC handler it is without the commit, which has
   *     succeeded. For effects and outside calls, storing the result follows
   */
  record Handled(Place place, int messages, Duration time) {}

  /** The consequence of a failed attempt. */
  enum Consequence {
    /** The message is attempted again later. */
    RETRIED,
    /** The message is a dead letter. */
    DEAD_LETTERED,
    /** The message is dropped, as its guarantee says. */
    DROPPED
  }

  /**
   * An attempt that has failed.
   *
   * @param place the partition
   * @param offset the offset of the message in the partition
   * @param kind what has failed
   * @param attempt the number of the attempt, from 1; if the message has expired, the number that
   *     its next attempt would have had
   * @param consequence what follows
   */
  record Failed(
      Place place, long offset, DeadLetter.Failure kind, int attempt, Consequence consequence) {}

  /**
   * A partition of a subscription that an operator has paused.
   *
   * @param place the partition
   * @param reason the operator's reason
   */
  record Paused(Place place, String reason) {}

  /**
   * Dead letters that an operator has redriven or discarded.
   *
   * @param place the partition
   * @param messages the number of dead letters, at least 1
   */
  record LettersChanged(Place place, long messages) {}

  /**
   * The progress of a subscription in a partition, as the partition's owner knows it.
   *
   * @param place the partition
   * @param status the progress, with {@linkplain SubscriptionStatus.PartitionStatus#lag the number
   *     of messages} that aren't finished
   * @param age the time since the oldest message was stored that the subscription hasn't passed;
   *     zero if it has passed all. Messages that are retried, or wait behind such a one, count as
   *     passed. The error is a small part of the age. If the partition has moved to this node
   *     since, the age may be too short, until the subscription passes what is stored from then on
   */
  record Progress(Place place, SubscriptionStatus.PartitionStatus status, Duration age) {}

  /**
   * The end of a partition's log. Nothing is removed from it.
   *
   * @param topic the name of the topic
   * @param partition 0 to the topic's number of partitions, exclusive
   * @param endOffset the offset of the next message to be published, which is the number of
   *     messages in the log
   */
  record LogProgress(String topic, int partition, long endOffset) {}

  /** The kinds of recoveries. */
  enum Recovery {
    /** The recovery of a partition, which stores messages. */
    PARTITION,
    /** The recovery of a worker, which handles the messages of a partition. */
    WORKER
  }

  /**
   * A recovery from the journal that has succeeded.
   *
   * @param kind the recovered thing
   * @param topic the name of the topic
   * @param partition 0 to the topic's number of partitions, exclusive
   * @param time the time until it could act. It includes the write with which it takes over
   */
  record Recovered(Recovery kind, String topic, int partition, Duration time) {}

  /**
   * The activity of a worker on this node.
   *
   * @param place the partition
   * @param running the calls of the handler that run now
   * @param keys the keys in memory, of a subscription whose state is kept by key; otherwise 0
   * @param effects the messages whose effects were stored in the journal since the last report
   * @param recoveredKeys the keys that were recovered from the journal since the last report,
   *     including those that are new
   * @param keyRecoveries the sum of the times that these recoveries took
   */
  record WorkerProgress(
      Place place,
      int running,
      int keys,
      long effects,
      long recoveredKeys,
      Duration keyRecoveries) {}

  /** The states of a circuit breaker. */
  enum BreakerState {
    /** Handlers start. */
    CLOSED,
    /** One attempt probes whether handlers may start again. */
    HALF_OPEN,
    /** No handler starts. */
    OPEN
  }

  /**
   * The limits of a subscription on this node, and the use of them.
   *
   * @param topic the name of the topic
   * @param subscription the name of the subscription
   * @param running the permits in use: runs of handlers, of one message or of several
   * @param permits the number of runs that this node may have at the same time: its own limit or
   *     its share of the cluster's, whichever is lower; empty without such limits
   * @param rate the messages per second that this node may begin, in the same way
   * @param breaker the state of its circuit breaker; empty without one
   * @param opened the times that the circuit breaker has opened since the last report. A probe that
   *     fails doesn't count
   */
  record LimitsProgress(
      String topic,
      String subscription,
      int running,
      OptionalInt permits,
      OptionalDouble rate,
      Optional<BreakerState> breaker,
      long opened) {}

  /**
   * A transaction of this node's journal that has succeeded.
   *
   * @param rows the number of rows: events of partitions, workers and keys
   * @param time the duration, with the commit
   * @param waiting the writes that waited when it had ended
   */
  record JournalWritten(int rows, Duration time, int waiting) {}

  /**
   * Messages of an outbox that this node has relayed.
   *
   * @param outbox the name of the outbox
   * @param messages the number of messages that have receipts, and whose rows are deleted
   */
  record OutboxRelayed(String outbox, int messages) {}

  /**
   * The state of an outbox, as the relay on this node sees it.
   *
   * @param outbox the name of the outbox
   * @param status its state
   */
  record OutboxProgress(String outbox, OutboxStatus status) {}

  /**
   * The progress of a log of transactions, as its owner knows it.
   *
   * @param log the number of the log, from 0
   * @param unfinished the transactions that are committed, and whose messages aren't all stored
   * @param age the time since the oldest of them was committed; zero if there is none. Time in
   *     which no node owned the log may be missing
   */
  record TransactionsProgress(int log, int unfinished, Duration age) {}

  /** Is called when messages have their receipts. */
  default void published(Published event) {}

  /** Is called when a message was refused. */
  default void refused(Refused event) {}

  /** Is called when a message has no receipt. */
  default void unknown(Unknown event) {}

  /** Is called when messages were handled. */
  default void handled(Handled event) {}

  /** Is called when an attempt has failed. */
  default void failed(Failed event) {}

  /** Is called when a partition was paused. */
  default void paused(Paused event) {}

  /** Is called when a partition was resumed. */
  default void resumed(Place place) {}

  /** Is called when dead letters were redriven. */
  default void redriven(LettersChanged event) {}

  /** Is called when dead letters were discarded. */
  default void discarded(LettersChanged event) {}

  /**
   * Is called for each subscription of each partition that this node owns: every 5 s while messages
   * wait or something changes, and every minute otherwise.
   *
   * <p>A subscription is included once a worker of it has reported since the partition started
   * here, and for an hour after the last report.
   */
  default void progress(Progress event) {}

  /**
   * Is called for each partition that this node owns: every 5 s while its log grows, and every
   * minute otherwise.
   */
  default void logProgress(LogProgress event) {}

  /** Is called when a partition or a worker was recovered on this node. */
  default void recovered(Recovered event) {}

  /**
   * Is called when this node runs the worker of a partition of a subscription: when it has moved
   * here, and when it has restarted.
   */
  default void workerStarted(Place place) {}

  /**
   * Is called when this node doesn't run the worker any more, or the worker restarts. May be
   * missing if the node was downed.
   */
  default void workerStopped(Place place) {}

  /**
   * Is called for each worker on this node: every 5 s while it does something, at least every 80 s
   * otherwise, and before {@link #workerStopped} if there is something to report.
   */
  default void workerProgress(WorkerProgress event) {}

  /** Is called every 5 s for each subscription on this node with limits or a circuit breaker. */
  default void limitsProgress(LimitsProgress event) {}

  /**
   * Is called for each transaction of the journal of H2 or PostgreSQL. Snapshots, and the
   * transactions of JDBC handlers, don't count.
   */
  default void journalWritten(JournalWritten event) {}

  /**
   * Is called for each row that {@code Outbox.publish} has prepared in this process while a node
   * runs that has registered the outbox. The transaction of the row may still roll back.
   *
   * @param outbox the name of the outbox
   */
  default void outboxPublished(String outbox) {}

  /** Is called when this node has relayed messages of an outbox. */
  default void outboxRelayed(OutboxRelayed event) {}

  /**
   * Is called when this node's relay of an outbox has failed. It begins again.
   *
   * @param outbox the name of the outbox
   */
  default void outboxFailed(String outbox) {}

  /**
   * Is called every 5 s for each outbox that this node relays, or in the interval in which the
   * relay looks for rows if that is longer.
   */
  default void outboxProgress(OutboxProgress event) {}

  /**
   * Is called every 5 s for each log of transactions that this node owns, and with no unfinished
   * transactions when it doesn't own it any more or the log restarts.
   */
  default void transactionsProgress(TransactionsProgress event) {}

  /**
   * Is called when this node owns a partition, which is active.
   *
   * @param topic the name of the topic
   * @param partition 0 to the topic's number of partitions, exclusive
   */
  default void partitionStarted(String topic, int partition) {}

  /**
   * Is called when this node doesn't own a partition any more, or the partition restarts after a
   * failure. May be missing if the node was downed.
   *
   * @param topic the name of the topic
   * @param partition 0 to the topic's number of partitions, exclusive
   */
  default void partitionStopped(String topic, int partition) {}

  /**
   * Is called when the node is a member of its cluster and accepts messages: at its start, and each
   * time that it starts again.
   *
   * @param address the node's address in the cluster
   */
  default void nodeStarted(String address) {}

  /**
   * Is called when the node has ended because its cluster went on without it.
   *
   * @param address the node's address in the cluster
   */
  default void nodeDowned(String address) {}

  /**
   * Is called before the next event if earlier ones were not reported, because the queue was full.
   *
   * @param events the number of events since the last call, at least 1
   */
  default void missed(long events) {}
}
