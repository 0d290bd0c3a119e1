package org.perille.proof.transaction;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.Activated;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionEvent.TransactionsFinished;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.partition.TransactionSnapshot;
import org.perille.internal.transaction.TransactionLog;
import org.perille.internal.transaction.TransactionRelay;
import org.perille.proof.chain.Fault;
import org.perille.testkit.history.Phase;

/**
 * An owner of a log of transactions, as {@code TransactionPartition} is one: it decides and relays
 * with the real classes, one command after the other, and none during a write.
 */
final class ModelOwner {
  private record Write(PartitionEvent event, Runnable onDurable, boolean stored) {}

  private final ModelLog home;
  private final ModelNode node;
  private final ArrayDeque<Runnable> mailbox = new ArrayDeque<>();
  private final TreeMap<Long, StoredTransaction> received = new TreeMap<>();
  private final Map<Long, List<Consumer<Optional<StoredTransaction>>>> waiting = new HashMap<>();
  private Optional<TransactionLog> log = Optional.empty();
  private Optional<TransactionRelay> relay = Optional.empty();
  private Optional<Write> write = Optional.empty();
  private boolean dead;

  ModelOwner(ModelLog home, ModelNode node) {
    this.home = home;
    this.node = node;
  }

  ModelNode node() {
    return node;
  }

  boolean isDead() {
    return dead;
  }

  private void tell(Object... words) {
    if (home.recorder().verbose()) {
      home.recorder().tell("owner of", home.id(), "on", node, List.of(words));
    }
  }

  /** Takes one step: recovers, continues a write, or handles a command. */
  void step(Fault fault) {
    if (dead) {
      return;
    }
    if (log.isEmpty()) {
      log = Optional.of(home.recover());
      persist(new Activated(node.nowMillis(), node.toString()), this::activated);
    } else if (write.isPresent()) {
      goOn(write.get(), fault);
    } else if (!mailbox.isEmpty()) {
      mailbox.poll().run();
    }
  }

  private TransactionLog log() {
    return log.orElseThrow();
  }

  private void persist(PartitionEvent event, Runnable onDurable) {
    write = Optional.of(new Write(event, onDurable, false));
  }

  private void goOn(Write current, Fault fault) {
    if (current.stored) {
      write = Optional.empty();
      log().apply(current.event);
      current.onDurable.run();
      return;
    }
    boolean stored = fault.stores() && home.store(log().sequenceNumber(), current.event);
    fault.note(home.recorder(), TransactionFaults.LOG_WRITE, stored);
    tell(stored ? "stores" : "does not store", text(current.event));
    if (fault == Fault.NONE && stored) {
      write = Optional.of(new Write(current.event, current.onDurable, true));
      return;
    }
    if (fault == Fault.NONE) {
      home.recorder().mark(relay.isPresent() ? Mark.OWNER_FENCED : Mark.OWNER_FENCED_AT_ITS_START);
    }
    end();
  }

  /** Returns an event without the contents of messages, which have no stable text. */
  private static Object text(PartitionEvent event) {
    return event instanceof BatchAppended batch
        ? batch.messages().stream().map(LogMessage::key).toList() + " at " + batch.firstOffset()
        : event;
  }

  private void activated() {
    TransactionRelay started =
        new TransactionRelay(
            home.id().entityId(),
            log().sequenceNumber(),
            node::relay,
            outcome -> mailbox.add(() -> relayed(outcome)),
            log().finishedBelow());
    relay = Optional.of(started);
    home.recorder().mark(Mark.RELAYED_AGAIN_BY_A_SUCCESSOR, log().unfinished().size());
    log().unfinished().values().forEach(one -> started.relay(one.offset(), one.message()));
  }

  /** Accepts a batch of transactions. One that arrives too early is lost. */
  void arrive(PublishBatch batch, Consumer<BatchReceipt> sender) {
    if (relay.isPresent() && !dead) {
      mailbox.add(() -> take(batch, sender));
    }
  }

  private void take(PublishBatch batch, Consumer<BatchReceipt> sender) {
    PartitionLog.Decision decision = log().decide(batch, node.nowMillis());
    if (decision instanceof PartitionLog.Append append) {
      persist(append.event(), () -> committed(append, sender));
    } else if (decision instanceof PartitionLog.Repeat repeat) {
      sender.accept(repeat.receipt());
    }
  }

  private void committed(PartitionLog.Append append, Consumer<BatchReceipt> sender) {
    sender.accept(append.receipt());
    long offset = append.event().firstOffset();
    for (LogMessage transaction : append.event().messages()) {
      relay.orElseThrow().relay(offset++, transaction);
    }
  }

  private void relayed(TransactionRelay.Outcome outcome) {
    if (outcome.stored().isEmpty()) {
      boolean replaced =
          outcome
              .failure()
              .map(UserCode::unwrap)
              .filter(ModelSender.ReplacedException.class::isInstance)
              .isPresent();
      home.recorder().mark(replaced ? Mark.RELAY_REPLACED : Mark.RELAY_FAILED);
      end();
      return;
    }
    StoredTransaction stored = outcome.stored().get();
    tell("has the receipts of", stored);
    received.put(stored.offset(), stored);
    Optional.ofNullable(waiting.remove(stored.offset()))
        .ifPresent(asking -> asking.forEach(one -> one.accept(Optional.of(stored))));
  }

  /** Requests that what is finished is recorded. */
  void record() {
    if (relay.isPresent() && !dead) {
      mailbox.add(
          () -> {
            if (!received.isEmpty()) {
              persist(new TransactionsFinished(List.copyOf(received.values())), this::recorded);
            }
          });
    }
  }

  private void recorded() {
    received.clear();
    relay.orElseThrow().finishedBelow(log().finishedBelow());
  }

  /** Asks for the offsets of a transaction. */
  void await(long offset, Consumer<Optional<StoredTransaction>> answer) {
    if (!dead) {
      mailbox.add(() -> answer(offset, answer));
    }
  }

  private void answer(long offset, Consumer<Optional<StoredTransaction>> answer) {
    if (offset >= log().nextOffset()) {
      home.recorder().mark(Mark.OFFSETS_ASKED_OF_AN_OLDER_OWNER);
      return;
    }
    Optional<StoredTransaction> stored =
        Optional.ofNullable(received.get(offset)).or(() -> log().stored(offset));
    home.recorder().mark(Mark.OFFSETS_OF_A_FINISHED_ONE, stored.isPresent() ? 1 : 0);
    if (stored.isEmpty() && log().isUnfinished(offset)) {
      waiting.computeIfAbsent(offset, first -> new ArrayList<>()).add(answer);
    } else {
      answer.accept(stored);
    }
  }

  /** Looks into the journal, and ends if another owner has written. */
  void checkFencing() {
    if (relay.isPresent() && write.isEmpty() && home.hasEventAfter(log().sequenceNumber())) {
      end();
    }
  }

  /** Reads the node's clock. */
  void readClock() {
    if (relay.isPresent() && write.isEmpty()) {
      log().readClock(node.nowMillis());
    }
  }

  /**
   * Crashes.
   *
   * @param storesLate whether the database may still execute a write under way
   */
  void crash(boolean storesLate) {
    if (storesLate) {
      write
          .filter(current -> !current.stored)
          .ifPresent(current -> home.storeLater(log().sequenceNumber(), current.event));
    }
    end();
  }

  private void end() {
    tell("ends");
    dead = true;
    write = Optional.empty();
    mailbox.clear();
    waiting.clear();
  }

  Phase phase() {
    if (relay.isEmpty()) {
      return Phase.RECOVERING;
    }
    if (write.isPresent()) {
      return write.get().stored ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE;
    }
    return received.isEmpty() ? Phase.UNKNOWN : Phase.AFTER_ANSWER;
  }

  Optional<TransactionSnapshot> snapshot() {
    return relay.isPresent() && write.isEmpty() && !dead
        ? Optional.of(log().snapshot())
        : Optional.empty();
  }

  boolean isIdle() {
    return !dead
        && relay.isPresent()
        && write.isEmpty()
        && mailbox.isEmpty()
        && received.isEmpty()
        && log().unfinished().isEmpty();
  }
}
