package org.perille.internal.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.io.NotSerializableException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.perille.internal.cursor.CursorCodec;
import org.perille.internal.cursor.CursorEvent;
import org.perille.internal.cursor.CursorSnapshot;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.KeySnapshot;
import org.perille.internal.failure.FailureLogEvent;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.limit.LeaseGranted;
import org.perille.internal.limit.LeaseRequest;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.outbox.OutboxHint;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.partition.TransactionSnapshot;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.schema.CursorProto;
import org.perille.internal.schema.EffectProto;
import org.perille.internal.schema.FailureProto;
import org.perille.internal.schema.LimitProto;
import org.perille.internal.schema.LogProto;
import org.perille.internal.schema.OperationsProto;
import org.perille.internal.schema.ProtocolProto;
import org.perille.internal.wire.WireTypes.Variant;

/**
 * Serializes all stored and sent types of Perille itself, as defined by the {@code .proto} files.
 *
 * <p>There is one entry for each type. The manifest is a short name that never changes.
 */
public final class PerilleSerializer extends SerializerWithStringManifest {
  /** The identifier that is stored and sent with every value. It never changes. */
  public static final int IDENTIFIER = 770_770;

  private final ExtendedActorSystem system;
  private final WireTypes wireTypes = new WireTypes();

  public PerilleSerializer(ExtendedActorSystem system) {
    this.system = system;
    register(
        PartitionEvent.Activated.class,
        "partition-activated",
        LogCodec::toProto,
        bytes -> LogCodec.fromProto(LogProto.PartitionActivated.parseFrom(bytes)));
    wireTypes.register(
        PartitionEvent.BatchAppended.class,
        "batch-appended",
        event -> Variant.of(event.messages(), !event.unmet().isEmpty()),
        LogCodec::toProto,
        bytes -> LogCodec.fromProto(LogProto.BatchAppended.parseFrom(bytes)));
    wireTypes.register(
        PartitionSnapshot.class,
        "partition-snapshot",
        snapshot ->
            Variant.of(
                List.of(),
                snapshot.publishers().stream().anyMatch(last -> !last.unmet().isEmpty())),
        LogCodec::toProto,
        bytes -> LogCodec.fromProto(LogProto.PartitionSnapshot.parseFrom(bytes)));
    register(
        CursorEvent.Activated.class,
        "worker-activated",
        CursorCodec::toProto,
        bytes -> CursorCodec.fromProto(CursorProto.WorkerActivated.parseFrom(bytes)));
    register(
        CursorEvent.CursorAdvanced.class,
        "cursor-advanced",
        CursorCodec::toProto,
        bytes -> CursorCodec.fromProto(CursorProto.CursorAdvanced.parseFrom(bytes)));
    register(
        CursorEvent.HandedOver.class,
        "cursor-handed-over",
        CursorCodec::toProto,
        bytes -> CursorCodec.fromProto(CursorProto.CursorHandedOver.parseFrom(bytes)));
    register(
        CursorSnapshot.class,
        "cursor-snapshot",
        CursorCodec::toProto,
        bytes -> CursorCodec.fromProto(CursorProto.CursorSnapshot.parseFrom(bytes)));
    register(
        EffectsRecorded.class,
        "effects-recorded",
        EffectsCodec::toProto,
        bytes -> EffectsCodec.fromProto(EffectProto.EffectsRecorded.parseFrom(bytes)));
    register(
        KeySnapshot.class,
        "key-snapshot",
        EffectsCodec::toProto,
        bytes -> EffectsCodec.fromProto(EffectProto.KeySnapshot.parseFrom(bytes)));
    registerFailures();
    registerProtocol();
    registerRequests();
    registerDeadLetters();
    registerLeases();
    registerTransactions();
    register(
        OutboxHint.class,
        "outbox-hint",
        hint -> ProtocolProto.OutboxHint.getDefaultInstance(),
        bytes -> OutboxHint.INSTANCE);
  }

  private void registerFailures() {
    register(
        FailureLogEvent.Activated.class,
        "failures-activated",
        FailureCodec::toProto,
        bytes -> FailureCodec.fromProto(FailureProto.FailuresActivated.parseFrom(bytes)));
    register(
        FailureLogEvent.Changed.class,
        "failures-changed",
        FailureCodec::toProto,
        bytes -> FailureCodec.fromProto(FailureProto.FailuresChanged.parseFrom(bytes)));
    register(
        FailureSnapshot.class,
        "failure-snapshot",
        FailureCodec::toProto,
        bytes -> FailureCodec.fromProto(FailureProto.FailureSnapshot.parseFrom(bytes)));
  }

  private void registerProtocol() {
    wireTypes.register(
        PublishBatch.class,
        "publish-batch",
        batch -> Variant.of(batch.messages(), !batch.conditions().isEmpty()),
        batch -> ProtocolCodec.toProto(batch, refs()),
        bytes -> ProtocolCodec.fromProto(ProtocolProto.PublishBatch.parseFrom(bytes), refs()));
    register(
        BatchReceipt.class,
        "batch-receipt",
        ProtocolCodec::toProto,
        bytes -> ProtocolCodec.fromProto(ProtocolProto.BatchReceipt.parseFrom(bytes)));
    register(
        PartitionRequest.Attach.class,
        "attach",
        attach -> ProtocolCodec.toProto(attach, refs()),
        bytes -> ProtocolCodec.fromProto(ProtocolProto.Attach.parseFrom(bytes), refs()));
    register(
        FeedAnswer.Attached.class,
        "attached",
        attached -> ProtocolCodec.toProto(attached, refs()),
        bytes -> ProtocolCodec.fromProto(ProtocolProto.Attached.parseFrom(bytes), refs()));
    register(
        FeedAnswer.Refused.class,
        "attach-refused",
        ProtocolCodec::toProto,
        bytes -> ProtocolCodec.fromProto(ProtocolProto.AttachRefused.parseFrom(bytes)));
    wireTypes.register(
        FeedBatch.class,
        "feed-batch",
        batch -> Variant.of(batch.entries().stream().map(LogEntry::message).toList(), false),
        ProtocolCodec::toProto,
        bytes -> ProtocolCodec.fromProto(ProtocolProto.FeedBatch.parseFrom(bytes)));
    register(
        PartitionRequest.CursorReport.class,
        "cursor-report",
        ProtocolCodec::toProto,
        bytes -> ProtocolCodec.fromProto(ProtocolProto.CursorReport.parseFrom(bytes)));
    register(
        PartitionRequest.Describe.class,
        "describe-partition",
        describe -> ProtocolCodec.toProto(describe, refs()),
        bytes -> ProtocolCodec.fromProto(ProtocolProto.DescribePartition.parseFrom(bytes), refs()));
    register(
        PartitionRequest.Description.class,
        "partition-description",
        ProtocolCodec::toProto,
        bytes -> ProtocolCodec.fromProto(ProtocolProto.PartitionDescription.parseFrom(bytes)));
  }

  private void registerRequests() {
    register(
        PartitionRequest.ForWorker.class,
        "for-worker",
        request -> WorkerRequestCodec.toProto(request, refs()),
        bytes -> WorkerRequestCodec.fromProto(ProtocolProto.ForWorker.parseFrom(bytes), refs()));
    register(
        WorkerRequest.AwaitFinished.class,
        "await-finished",
        await -> WorkerRequestCodec.toProto(await, refs()),
        bytes ->
            WorkerRequestCodec.fromProto(ProtocolProto.AwaitFinished.parseFrom(bytes), refs()));
    register(
        WorkerRequest.Finished.class,
        "finished",
        WorkerRequestCodec::toProto,
        bytes -> WorkerRequestCodec.fromProto(ProtocolProto.Finished.parseFrom(bytes)));
    register(
        WorkerRequest.Reset.class,
        "reset",
        reset -> WorkerRequestCodec.toProto(reset, refs()),
        bytes -> WorkerRequestCodec.fromProto(ProtocolProto.Reset.parseFrom(bytes), refs()));
    register(
        WorkerRequest.ResetDone.class,
        "reset-done",
        WorkerRequestCodec::toProto,
        bytes -> WorkerRequestCodec.fromProto(ProtocolProto.ResetDone.parseFrom(bytes)));
    register(
        PartitionRequest.Locate.class,
        "locate",
        locate -> ProtocolCodec.toProto(locate, refs()),
        bytes -> ProtocolCodec.fromProto(ProtocolProto.Locate.parseFrom(bytes), refs()));
    register(
        PartitionRequest.Located.class,
        "located",
        ProtocolCodec::toProto,
        bytes -> ProtocolCodec.fromProto(ProtocolProto.Located.parseFrom(bytes)));
    register(
        WorkerRequest.SetPaused.class,
        "set-paused",
        request -> WorkerRequestCodec.toProto(request, refs()),
        bytes -> WorkerRequestCodec.fromProto(OperationsProto.SetPaused.parseFrom(bytes), refs()));
    register(
        WorkerRequest.PausedSet.class,
        "paused-set",
        WorkerRequestCodec::toProto,
        bytes -> WorkerRequestCodec.fromProto(OperationsProto.PausedSet.parseFrom(bytes)));
  }

  private void registerDeadLetters() {
    register(
        WorkerRequest.ListDeadLetters.class,
        "list-dead-letters",
        request -> DeadLetterCodec.toProto(request, refs()),
        bytes ->
            DeadLetterCodec.fromProto(OperationsProto.ListDeadLetters.parseFrom(bytes), refs()));
    register(
        WorkerRequest.DeadLetterPage.class,
        "dead-letter-page",
        DeadLetterCodec::toProto,
        bytes -> DeadLetterCodec.fromProto(OperationsProto.DeadLetterPage.parseFrom(bytes)));
    register(
        WorkerRequest.CountDeadLetters.class,
        "count-dead-letters",
        request -> DeadLetterCodec.toProto(request, refs()),
        bytes ->
            DeadLetterCodec.fromProto(OperationsProto.CountDeadLetters.parseFrom(bytes), refs()));
    register(
        WorkerRequest.DeadLetterCounts.class,
        "dead-letter-counts",
        DeadLetterCodec::toProto,
        bytes -> DeadLetterCodec.fromProto(OperationsProto.DeadLetterCounts.parseFrom(bytes)));
    register(
        WorkerRequest.Redrive.class,
        "redrive",
        request -> DeadLetterCodec.toProto(request, refs()),
        bytes -> DeadLetterCodec.fromProto(OperationsProto.Redrive.parseFrom(bytes), refs()));
    register(
        WorkerRequest.Discard.class,
        "discard",
        request -> DeadLetterCodec.toProto(request, refs()),
        bytes -> DeadLetterCodec.fromProto(OperationsProto.Discard.parseFrom(bytes), refs()));
    register(
        WorkerRequest.OperationDone.class,
        "operation-done",
        DeadLetterCodec::toProto,
        bytes -> DeadLetterCodec.fromProto(OperationsProto.OperationDone.parseFrom(bytes)));
  }

  private void registerTransactions() {
    register(
        PartitionEvent.TransactionsFinished.class,
        "transactions-finished",
        TransactionCodec::toProto,
        bytes -> TransactionCodec.fromProto(LogProto.TransactionsFinished.parseFrom(bytes)));
    register(
        TransactionSnapshot.class,
        "transaction-snapshot",
        TransactionCodec::toProto,
        bytes -> TransactionCodec.fromProto(LogProto.TransactionSnapshot.parseFrom(bytes)));
    register(
        PartitionRequest.AwaitTransaction.class,
        "await-transaction",
        await -> TransactionCodec.toProto(await, refs()),
        bytes ->
            TransactionCodec.fromProto(ProtocolProto.AwaitTransaction.parseFrom(bytes), refs()));
    register(
        PartitionRequest.TransactionAnswer.class,
        "transaction-answer",
        TransactionCodec::toProto,
        bytes -> TransactionCodec.fromProto(ProtocolProto.TransactionAnswer.parseFrom(bytes)));
  }

  private void registerLeases() {
    register(
        LeaseRequest.class,
        "lease-request",
        request -> LimitCodec.toProto(request, refs()),
        bytes -> LimitCodec.fromProto(LimitProto.LeaseRequest.parseFrom(bytes), refs()));
    register(
        LeaseGranted.class,
        "lease-granted",
        LimitCodec::toProto,
        bytes -> LimitCodec.fromProto(LimitProto.LeaseGranted.parseFrom(bytes)));
  }

  private <T> void register(
      Class<T> type, String manifest, Function<T, MessageLite> writer, WireTypes.Reader reader) {
    wireTypes.register(type, manifest, writer, reader);
  }

  /**
   * Returns the resolver. Created late, because serializers are created before the actor system is
   * complete.
   */
  private ActorRefResolver refs() {
    return ActorRefResolver.get(Adapter.toTyped(system));
  }

  /** Returns the classes of all stored and sent values. */
  public Set<Class<?>> types() {
    return wireTypes.types();
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object object) {
    return wireTypes.manifest(object);
  }

  @Override
  public byte[] toBinary(Object object) {
    return wireTypes.write(object).toByteArray();
  }

  /**
   * Deserializes a stored or sent value.
   *
   * @throws NotSerializableException for anything wrong with the bytes or the manifest: a remote
   *     sender and a database can't cause any other failure
   */
  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    WireTypes.Reader reader =
        wireTypes
            .reader(manifest)
            .orElseThrow(
                () ->
                    new NotSerializableException(
                        "'%s' is unknown to this version of Perille: a newer version has stored or sent it: update this node"
                            .formatted(manifest)));
    try {
      return reader.read(bytes);
    } catch (InvalidProtocolBufferException | RuntimeException e) {
      // The records' own constructors reject invalid values.
      NotSerializableException failure =
          new NotSerializableException("'" + manifest + "' can't be read: " + e.getMessage());
      failure.initCause(e);
      throw failure;
    }
  }
}
