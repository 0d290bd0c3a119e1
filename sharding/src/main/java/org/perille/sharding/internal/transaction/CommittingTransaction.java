package org.perille.sharding.internal.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.PublishUnknownException;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.partition.PartitionRequest.AwaitTransaction;
import org.perille.internal.partition.PartitionRequest.TransactionAnswer;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.publish.Turn;
import org.perille.internal.transaction.TransactionLogs;
import org.perille.internal.wire.TransactionCodec;

/**
 * A transaction from the call of {@code commit} until its messages have offsets.
 *
 * <p>It waits for its turns, sends itself to the log of transactions until that has an outcome, and
 * then asks for the offsets. It ends its turns when it has them, not when its caller no longer
 * waits: otherwise later messages could overtake it.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class CommittingTransaction {
  private enum State {
    WAITING,
    SENT,
    COMMITTED,
    ENDED
  }

  /** The turn for the keys of a topic. */
  record TopicTurn(Topic<?> topic, Turn turn) {}

  /** The time after which a transaction whose outcome is unknown is sent again. */
  private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

  private final Transactions node;
  private final List<TransactionMessage> messages;
  private final LogMessage encoded;
  private final PendingCommit commit;
  private final List<TopicTurn> turns;
  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
  private final CompletableFuture<Void> deadline = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final long begunAtNanos = System.nanoTime();

  /**
   * Creates a transaction.
   *
   * @param topics the topic of each message
   */
  CommittingTransaction(
      Transactions node,
      List<Topic<?>> topics,
      List<TransactionMessage> messages,
      PendingCommit commit) {
    this.node = node;
    this.messages = messages;
    this.commit = commit;
    this.encoded = TransactionCodec.toMessage(commit.id().value(), messages);
    this.turns = turns(topics, messages);
  }

  private static List<TopicTurn> turns(List<Topic<?>> topics, List<TransactionMessage> messages) {
    // By name: an application may have several definitions of a topic that are equal.
    Map<String, Topic<?>> byName = new LinkedHashMap<>();
    Map<String, Map<String, Integer>> keys = new LinkedHashMap<>();
    for (int i = 0; i < messages.size(); i++) {
      TransactionMessage message = messages.get(i);
      byName.putIfAbsent(message.topic(), topics.get(i));
      keys.computeIfAbsent(message.topic(), topic -> new LinkedHashMap<>())
          .put(message.message().key(), Partitioner.partitionOf(message));
    }
    return byName.values().stream()
        .map(topic -> new TopicTurn(topic, new Turn(keys.get(topic.name()))))
        .toList();
  }

  /** Returns the size of all messages together. */
  int sizeInBytes() {
    return encoded.sizeInBytes();
  }

  /** Adds its turns to the queues of the publishers. */
  void queue() {
    turns.forEach(one -> node.publishers().addTurn(one.topic, one.turn));
  }

  /** Returns the messages. */
  List<TransactionMessage> messages() {
    return messages;
  }

  /** Completes when nothing is left to do. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** Commits it when its turns, which are in the queues of the publishers, have come. */
  void begin(Duration timeout) {
    CompletableFuture<Void> unused =
        deadline
            .completeOnTimeout(null, timeout.toNanos(), TimeUnit.NANOSECONDS)
            .thenRunAsync(() -> expire("within " + timeout), node.executor());
    unused =
        CompletableFuture.allOf(
                turns.stream()
                    .map(one -> one.turn.come().toCompletableFuture())
                    .toArray(CompletableFuture[]::new))
            .handleAsync((come, failure) -> onTurns(failure == null), node.executor());
  }

  private Void onTurns(boolean haveCome) {
    if (haveCome && state.compareAndSet(State.WAITING, State.SENT)) {
      send(true);
    } else if (!haveCome && end(State.WAITING)) {
      node.failed(this, commit, notSent(Reason.STOPPED, "before its turn"));
    }
    return null;
  }

  private void send(boolean first) {
    try {
      node.publishers()
          .commit(encoded)
          .whenComplete(
              (receipt, failure) -> {
                if (failure == null) {
                  committed(receipt);
                } else if (node.isClosed()) {
                  stopped();
                } else {
                  // Sent again under its id, so that it can't be committed twice.
                  CompletableFuture.delayedExecutor(
                          AGAIN_AFTER.toMillis(), TimeUnit.MILLISECONDS, node.executor())
                      .execute(() -> send(false));
                }
              });
    } catch (PublishRefusedException e) {
      if (first && end(State.SENT)) {
        node.failed(this, commit, e);
      } else {
        stopped();
      }
    }
  }

  private void committed(Receipt receipt) {
    if (state.compareAndSet(State.SENT, State.COMMITTED)) {
      if (!receipt.duplicate()) {
        node.run(commit::isCommitted);
      }
      await(receipt);
    }
  }

  private void await(Receipt receipt) {
    node.partitions()
        .<TransactionAnswer>askUntilAnswered(
            new PartitionId(TransactionLogs.TOPIC, receipt.partition()),
            replyTo -> new AwaitTransaction(receipt.offset(), replyTo),
            node.timeout())
        .whenCompleteAsync(
            (answer, failure) -> {
              if (failure == null) {
                answered(receipt, answer);
              } else if (node.isClosed()) {
                stopped();
              } else {
                await(receipt);
              }
            },
            node.executor());
  }

  private void answered(Receipt receipt, TransactionAnswer answer) {
    if (!end(State.COMMITTED)) {
      return;
    }
    if (answer.transaction().isEmpty()) {
      node.failed(
          this,
          commit,
          new PublishUnknownException(
              "transaction '%s' is committed, but so long ago that its receipts are forgotten: perille.partition.dedup-window and dedup-max-ids limit the time"
                  .formatted(commit.id())));
      return;
    }
    StoredTransaction stored = answer.transaction().get();
    if (stored.fingerprint() != TransactionMessage.fingerprint(messages)) {
      node.failed(
          this,
          commit,
          new PublishRefusedException(
              Reason.INVALID_ID,
              "transaction '%s' is not committed: another transaction with messages for other keys was committed under this id; use another id"
                  .formatted(commit.id())));
      return;
    }
    List<Receipt> receipts = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      TransactionMessage message = messages.get(i);
      receipts.add(
          Receipt.of(
              message.topic(),
              message.message().key(),
              Partitioner.partitionOf(message),
              stored.offsets().get(i),
              receipt.duplicate() || stored.duplicates().contains(i)));
    }
    node.stored(this, commit, receipts, Duration.ofNanos(System.nanoTime() - begunAtNanos));
  }

  /** Ends it, if it is in a state. Its turns end, and so does its use of the buffer. */
  private boolean end(State from) {
    if (!state.compareAndSet(from, State.ENDED)) {
      return false;
    }
    deadline.cancel(false);
    turns.forEach(one -> node.publishers().endTurn(one.topic, one.turn));
    ended.complete(null);
    return true;
  }

  /** Tells the caller that nothing is known in time. A transaction that was sent goes on. */
  private void expire(String when) {
    if (end(State.WAITING)) {
      node.failed(this, commit, notSent(Reason.NOT_SENT, when));
    } else if (state.get() != State.ENDED) {
      node.unknown(this, commit, unknown(when));
    }
  }

  /** Ends it, because this node is stopping. */
  void stopped() {
    String when = "before Perille stopped on this node";
    if (end(State.WAITING)) {
      node.failed(this, commit, notSent(Reason.STOPPED, when));
    } else if (end(State.SENT) || end(State.COMMITTED)) {
      node.failed(this, commit, unknown(when));
    }
  }

  private PublishRefusedException notSent(Reason reason, String when) {
    return new PublishRefusedException(
        reason,
        "transaction '%s' was not sent %s, and is not committed".formatted(commit.id(), when));
  }

  private PublishUnknownException unknown(String when) {
    return new PublishUnknownException(
        "transaction '%s' has no receipts %s. Unless Commit.committed has completed, it may be committed or not: repeat it under the same id"
            .formatted(commit.id(), when));
  }
}
