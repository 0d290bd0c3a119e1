package org.perille.proof.transaction;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.perille.Receipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.publish.Partitioner;
import org.perille.internal.transaction.TransactionLogs;
import org.perille.internal.wire.TransactionCodec;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;

/**
 * The application: it publishes, commits, and repeats transactions whose outcome it knows or not.
 */
final class ModelApplication {
  private static final int MAX_MESSAGES = 250;
  private static final int KEYS = 5;

  /** A transaction of the application, and the history's numbers of it and of its messages. */
  private record Known(
      String id, long number, List<TransactionMessage> messages, List<Long> calls) {}

  private final Choices random;
  private final RunRecorder recorder;
  private final Map<String, Integer> topics;
  private final List<String> topicNames;
  private final List<ModelLog> logs;

  /** The transactions that may be repeated. */
  private final List<Known> repeatable = new ArrayList<>();

  private final Map<String, StoredTransaction> answers = new HashMap<>();

  /** The messages that may be published again under their ids. */
  private final List<TransactionMessage> withIds = new ArrayList<>();

  private int messages;
  private int transactions;

  ModelApplication(
      Choices random, RunRecorder recorder, Map<String, Integer> topics, List<ModelLog> logs) {
    this.random = random;
    this.recorder = recorder;
    this.topics = topics;
    this.topicNames = List.copyOf(topics.keySet());
    this.logs = logs;
  }

  /** Publishes a single message from a node. */
  void publish(ModelNode node) {
    if (messages < MAX_MESSAGES) {
      publishOne(node);
    }
  }

  void publishOne(ModelNode node) {
    TransactionMessage message = newMessage();
    if (node.transactions().stream().anyMatch(one -> one.uses(message))) {
      recorder.mark(Mark.MESSAGE_BEHIND_A_TRANSACTION);
    }
    long call = invoked(node, message);
    CompletableFuture<Receipt> unused =
        node.publisher(message.topic())
            .publish(Partitioner.partitionOf(message), message.message())
            .whenComplete((receipt, failure) -> ended(call, receipt, failure));
  }

  /** Commits a transaction on a node. */
  void commit(ModelNode node) {
    if (messages < MAX_MESSAGES) {
      commitOne(node);
    }
  }

  void commitOne(ModelNode node) {
    List<TransactionMessage> all = new ArrayList<>();
    List<Long> calls = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      TransactionMessage message = newMessage();
      all.add(message);
      calls.add(invoked(node, message));
    }
    Known known = new Known(newId(), recorder.newCall(), all, calls);
    recorder.record(at -> new Operation.TransactionInvoked(at, known.number, calls));
    recorder.tell(node, "commits", known.id, "with", calls);
    begin(node, known, new FirstCaller(known));
  }

  /** Returns an id whose transaction belongs to one of the logs of the scenario. */
  private String newId() {
    String id;
    do {
      id = "tx" + ++transactions;
    } while (TransactionLogs.logOf(id) >= logs.size());
    return id;
  }

  /** Commits a transaction again, under its id, on any node. */
  void repeat(ModelNode node) {
    if (!repeatable.isEmpty()) {
      Known known = random.any(repeatable);
      recorder.mark(Mark.COMMIT_REPEATED_BY_ITS_CALLER);
      recorder.tell(node, "repeats", known.id);
      begin(node, known, new RepeatingCaller(known));
    }
  }

  private void begin(ModelNode node, Known known, ModelTransaction.Caller caller) {
    node.transactions()
        .add(
            new ModelTransaction(
                node,
                logs.get(TransactionLogs.logOf(known.id)),
                TransactionCodec.toMessage(known.id, known.messages),
                known.messages,
                caller));
  }

  private TransactionMessage newMessage() {
    messages++;
    if (!withIds.isEmpty() && random.nextInt(12) == 0) {
      return random.any(withIds);
    }
    String topic = random.any(topicNames);
    String key = "k" + random.nextInt(KEYS);
    String value = key + "|" + messages;
    boolean hasId = random.nextInt(3) == 0;
    TransactionMessage message =
        new TransactionMessage(
            topic,
            topics.get(topic),
            new LogMessage(
                key,
                hasId ? "id" + messages : "",
                Map.of(),
                0,
                "",
                ByteString.copyFromUtf8(value)));
    if (hasId) {
      withIds.add(message);
    }
    return message;
  }

  private long invoked(ModelNode node, TransactionMessage message) {
    long call = recorder.newCall();
    LogMessage content = message.message();
    recorder.record(
        at ->
            new Operation.PublishInvoked(
                at,
                call,
                node.toString(),
                message.topic(),
                content.key(),
                value(content),
                content.hasOwnId() ? content.id() : ""));
    return call;
  }

  static String value(LogMessage message) {
    return message.payload().toStringUtf8();
  }

  private void ended(long call, Receipt receipt, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    recorder.record(
        at ->
            cause == null
                ? Operation.PublishEnded.ok(at, call, receipt)
                : cause instanceof ModelSender.NotSentException
                    ? Operation.PublishEnded.failed(at, call)
                    : Operation.PublishEnded.unknown(at, call));
  }

  /** Compares offsets with those that were answered before. */
  private void check(Known known, StoredTransaction stored) {
    StoredTransaction before = answers.putIfAbsent(known.id, stored);
    if (stored.fingerprint() != TransactionMessage.fingerprint(known.messages)) {
      recorder.violated("the offsets of " + known.id + " are those of another transaction");
    }
    if (before != null && !before.equals(stored)) {
      recorder.violated(
          "the receipts of %s are %s, and were %s before".formatted(known.id, stored, before));
    }
  }

  private void isCommitted(Known known) {
    recorder.mark(Mark.COMMITTED);
    recorder.record(at -> new Operation.TransactionCommitted(at, known.number));
  }

  /** The caller of the first commit, whose outcome is that of its messages. */
  private final class FirstCaller implements ModelTransaction.Caller {
    private final Known known;

    private FirstCaller(Known known) {
      this.known = known;
    }

    @Override
    public void committed() {
      isCommitted(known);
    }

    @Override
    public void stored(StoredTransaction stored, boolean repeated) {
      check(known, stored);
      for (int i = 0; i < known.calls.size(); i++) {
        long call = known.calls.get(i);
        long offset = stored.offsets().get(i);
        int partition = Partitioner.partitionOf(known.messages.get(i));
        boolean duplicate = stored.duplicates().contains(i);
        recorder.mark(Mark.MESSAGE_OF_TRANSACTION_DUPLICATE, duplicate ? 1 : 0);
        recorder.record(
            at -> new Operation.PublishEnded(at, call, Outcome.OK, partition, offset, duplicate));
      }
      repeatable.add(known);
    }

    @Override
    public void unknown() {
      recorder.mark(Mark.OUTCOME_UNKNOWN);
      known.calls.forEach(call -> recorder.record(at -> Operation.PublishEnded.unknown(at, call)));
      repeatable.add(known);
    }

    @Override
    public void notSent() {
      recorder.mark(Mark.NOT_SENT);
      known.calls.forEach(call -> recorder.record(at -> Operation.PublishEnded.failed(at, call)));
    }
  }

  /** The caller of a repeated commit. It gets what was answered before, if anything was. */
  private final class RepeatingCaller implements ModelTransaction.Caller {
    private final Known known;

    private RepeatingCaller(Known known) {
      this.known = known;
    }

    @Override
    public void committed() {
      isCommitted(known);
    }

    @Override
    public void stored(StoredTransaction stored, boolean repeated) {
      recorder.mark(
          Mark.REPEAT_ANSWERED_AS_BEFORE, repeated && answers.containsKey(known.id) ? 1 : 0);
      check(known, stored);
    }

    @Override
    public void unknown() {
      recorder.mark(Mark.OUTCOME_UNKNOWN);
    }

    @Override
    public void notSent() {
      recorder.mark(Mark.NOT_SENT);
    }
  }

  /** Returns the offsets that were answered, by the ids of the transactions. */
  Map<String, StoredTransaction> answers() {
    return answers;
  }
}
