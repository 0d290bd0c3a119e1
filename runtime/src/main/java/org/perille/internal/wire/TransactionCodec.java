package org.perille.internal.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.TransactionSnapshot;
import org.perille.internal.schema.LogProto;
import org.perille.internal.schema.ProtocolProto;

/** The stored form of transactions and their logs. */
public final class TransactionCodec {
  private TransactionCodec() {}

  /**
   * Returns a transaction as a message for the log of transactions.
   *
   * @param id its id, which is also the key, because it counts in all of the log
   */
  public static LogMessage toMessage(String id, List<TransactionMessage> messages) {
    LogProto.Transaction.Builder proto = LogProto.Transaction.newBuilder();
    for (TransactionMessage one : messages) {
      proto.addMessages(
          LogProto.TransactionMessage.newBuilder()
              .setTopic(one.topic())
              .setPartitions(one.partitions())
              .setMessage(LogCodec.toProto(one.message())));
    }
    return new LogMessage(id, id, Map.of(), 0, "", proto.build().toByteString());
  }

  /**
   * Returns the messages of a transaction.
   *
   * @throws IllegalStateException if it isn't one
   */
  public static List<TransactionMessage> messages(LogMessage transaction) {
    try {
      return LogProto.Transaction.parseFrom(transaction.payload()).getMessagesList().stream()
          .map(
              one ->
                  new TransactionMessage(
                      one.getTopic(), one.getPartitions(), LogCodec.fromProto(one.getMessage())))
          .toList();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "transaction '%s' can't be read from the journal".formatted(transaction.id()), e);
    }
  }

  static LogProto.TransactionsFinished toProto(PartitionEvent.TransactionsFinished event) {
    LogProto.TransactionsFinished.Builder proto = LogProto.TransactionsFinished.newBuilder();
    event.transactions().forEach(stored -> proto.addTransactions(toProto(stored)));
    return proto.build();
  }

  static PartitionEvent.TransactionsFinished fromProto(LogProto.TransactionsFinished proto) {
    return new PartitionEvent.TransactionsFinished(stored(proto.getTransactionsList()));
  }

  private static LogProto.StoredTransaction toProto(StoredTransaction stored) {
    return LogProto.StoredTransaction.newBuilder()
        .setOffset(stored.offset())
        .setFingerprint(stored.fingerprint())
        .addAllOffsets(stored.offsets())
        .addAllDuplicates(stored.duplicates())
        .build();
  }

  private static StoredTransaction fromProto(LogProto.StoredTransaction proto) {
    return new StoredTransaction(
        proto.getOffset(),
        proto.getFingerprint(),
        proto.getOffsetsList(),
        proto.getDuplicatesList());
  }

  private static List<StoredTransaction> stored(List<LogProto.StoredTransaction> protos) {
    return protos.stream().map(TransactionCodec::fromProto).toList();
  }

  static LogProto.TransactionSnapshot toProto(TransactionSnapshot snapshot) {
    LogProto.TransactionSnapshot.Builder proto =
        LogProto.TransactionSnapshot.newBuilder().setLog(LogCodec.toProto(snapshot.log()));
    for (TransactionSnapshot.Unfinished unfinished : snapshot.unfinished()) {
      proto.addUnfinished(
          LogProto.UnfinishedTransaction.newBuilder()
              .setOffset(unfinished.offset())
              .setAgeMillis(unfinished.ageMillis())
              .setMessage(LogCodec.toProto(unfinished.message())));
    }
    snapshot.finished().forEach(stored -> proto.addFinished(toProto(stored)));
    return proto.build();
  }

  static TransactionSnapshot fromProto(LogProto.TransactionSnapshot proto) {
    return new TransactionSnapshot(
        LogCodec.fromProto(proto.getLog()),
        proto.getUnfinishedList().stream()
            .map(
                one ->
                    new TransactionSnapshot.Unfinished(
                        one.getOffset(), one.getAgeMillis(), LogCodec.fromProto(one.getMessage())))
            .toList(),
        stored(proto.getFinishedList()));
  }

  static ProtocolProto.AwaitTransaction toProto(
      PartitionRequest.AwaitTransaction await, ActorRefResolver refs) {
    return ProtocolProto.AwaitTransaction.newBuilder()
        .setOffset(await.offset())
        .setReplyTo(refs.toSerializationFormat(await.replyTo()))
        .build();
  }

  static PartitionRequest.AwaitTransaction fromProto(
      ProtocolProto.AwaitTransaction proto, ActorRefResolver refs) {
    return new PartitionRequest.AwaitTransaction(
        proto.getOffset(), refs.resolveActorRef(proto.getReplyTo()));
  }

  static ProtocolProto.TransactionAnswer toProto(PartitionRequest.TransactionAnswer answer) {
    ProtocolProto.TransactionAnswer.Builder proto = ProtocolProto.TransactionAnswer.newBuilder();
    answer.transaction().ifPresent(stored -> proto.setTransaction(toProto(stored)));
    return proto.build();
  }

  static PartitionRequest.TransactionAnswer fromProto(ProtocolProto.TransactionAnswer proto) {
    return new PartitionRequest.TransactionAnswer(
        proto.hasTransaction() ? Optional.of(fromProto(proto.getTransaction())) : Optional.empty());
  }
}
