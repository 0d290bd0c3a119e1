package org.perille.proof.transaction;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.perille.Receipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.publish.Turn;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Phase;

/**
 * A transaction on the node that commits it, as {@code CommittingTransaction} is one. It takes its
 * turns with the real {@code Turns}.
 */
final class ModelTransaction {
  private enum State {
    WAITING,
    SENT,
    COMMITTED,
    ENDED
  }

  /** The caller of commit. */
  interface Caller {
    void committed();

    void stored(StoredTransaction stored, boolean repeated);

    void unknown();

    void notSent();
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final ModelNode node;
  private final ModelLog log;
  private final LogMessage encoded;
  private final List<TransactionMessage> messages;
  private final Caller caller;
  private final RunRecorder recorder;
  private final Map<String, Turn> turns = new LinkedHashMap<>();
  private final long deadlineMillis;
  private State state = State.WAITING;
  private boolean callerWaits = true;
  private Optional<CompletableFuture<Receipt>> sent = Optional.empty();
  private Optional<Receipt> receipt = Optional.empty();

  ModelTransaction(
      ModelNode node,
      ModelLog log,
      LogMessage encoded,
      List<TransactionMessage> messages,
      Caller caller) {
    this.node = node;
    this.log = log;
    this.encoded = encoded;
    this.messages = messages;
    this.caller = caller;
    this.recorder = log.recorder();
    this.deadlineMillis = node.wire().nowMillis() + TIMEOUT.toMillis();
    Map<String, Map<String, Integer>> keys = new LinkedHashMap<>();
    for (TransactionMessage message : messages) {
      keys.computeIfAbsent(message.topic(), topic -> new LinkedHashMap<>())
          .put(message.message().key(), Partitioner.partitionOf(message));
    }
    keys.forEach((topic, ofTopic) -> turns.put(topic, new Turn(ofTopic)));
    if (messages.stream()
        .anyMatch(message -> node.transactions().stream().anyMatch(one -> one.uses(message)))) {
      recorder.mark(Mark.TRANSACTION_BEHIND_A_TRANSACTION);
    }
    turns.forEach((topic, turn) -> node.publisher(topic).addTurn(turn));
    if (turns.values().stream().anyMatch(turn -> !turn.hasCome())) {
      recorder.mark(Mark.TURN_DID_NOT_COME_AT_ONCE);
    }
  }

  /** Returns whether it has a message with the key of another one. */
  boolean uses(TransactionMessage message) {
    return messages.stream()
        .anyMatch(
            one ->
                one.topic().equals(message.topic())
                    && one.message().key().equals(message.message().key()));
  }

  /** Does what is due. */
  void step() {
    switch (state) {
      case WAITING -> takeTurns();
      case SENT -> goOnCommitting(sent.orElseThrow());
      case COMMITTED -> ask();
      case ENDED -> {}
    }
    if (callerWaits && node.wire().nowMillis() > deadlineMillis) {
      expire();
    }
  }

  private void takeTurns() {
    if (turns.values().stream()
        .anyMatch(turn -> turn.come().toCompletableFuture().isCompletedExceptionally())) {
      fail();
    } else if (turns.values().stream().allMatch(Turn::hasCome)) {
      state = State.SENT;
      sent = Optional.of(node.commit(encoded));
    }
  }

  private void goOnCommitting(CompletableFuture<Receipt> commit) {
    if (commit.isCompletedExceptionally()) {
      recorder.mark(Mark.COMMIT_SENT_AGAIN);
      sent = Optional.of(node.commit(encoded));
    } else if (commit.isDone()) {
      state = State.COMMITTED;
      receipt = Optional.of(commit.join());
      if (!log.hasCommitted(encoded.id())) {
        recorder.violated("transaction " + encoded.id() + " counts as committed, and isn't stored");
      }
      if (!commit.join().duplicate() && callerWaits) {
        caller.committed();
      }
      ask();
    }
  }

  private void ask() {
    long offset = receipt.orElseThrow().offset();
    node.wire()
        .send(
            TransactionFaults.QUESTION_LOST,
            () -> Phase.UNKNOWN,
            () -> log.reached().await(offset, this::answer));
  }

  private void answer(Optional<StoredTransaction> stored) {
    node.wire().send(TransactionFaults.OFFSETS_LOST, () -> Phase.UNKNOWN, () -> answered(stored));
  }

  private void answered(Optional<StoredTransaction> stored) {
    if (state != State.COMMITTED) {
      return;
    }
    end();
    if (stored.isEmpty()) {
      recorder.violated("the offsets of transaction " + encoded.id() + " are forgotten");
      return;
    }
    recorder.mark(Mark.FINISHED_AFTER_ITS_CALLER_HAD_GIVEN_UP, callerWaits ? 0 : 1);
    boolean repeated = receipt.orElseThrow().duplicate();
    if (callerWaits) {
      callerWaits = false;
      caller.stored(stored.get(), repeated);
    }
  }

  private void expire() {
    if (state == State.WAITING) {
      fail();
    } else {
      callerWaits = false;
      caller.unknown();
    }
  }

  private void fail() {
    end();
    callerWaits = false;
    caller.notSent();
  }

  private void end() {
    state = State.ENDED;
    node.transactions().remove(this);
    turns.forEach((topic, turn) -> node.publisher(topic).endTurn(turn));
  }

  /** Notes that its node has crashed. */
  void crash() {
    boolean wasSent = state != State.WAITING;
    state = State.ENDED;
    if (callerWaits) {
      callerWaits = false;
      if (wasSent) {
        caller.unknown();
      } else {
        caller.notSent();
      }
    }
  }
}
