package org.perille.internal.wire;

import java.util.ArrayList;
import java.util.List;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.partition.DedupWindow;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.schema.LogProto;

/** The stored form of a partition's log. */
final class LogCodec {
  private LogCodec() {}

  static LogProto.LogMessage toProto(LogMessage message) {
    return LogProto.LogMessage.newBuilder()
        .setKey(message.key())
        .setId(message.id())
        .putAllHeaders(message.headers())
        .setSerializerId(message.serializerId())
        .setManifest(message.manifest())
        .setPayload(message.payload())
        .build();
  }

  static LogMessage fromProto(LogProto.LogMessage proto) {
    return new LogMessage(
        proto.getKey(),
        proto.getId(),
        proto.getHeadersMap(),
        proto.getSerializerId(),
        proto.getManifest(),
        proto.getPayload());
  }

  static List<LogMessage> messages(List<LogProto.LogMessage> protos) {
    List<LogMessage> messages = new ArrayList<>(protos.size());
    protos.forEach(proto -> messages.add(fromProto(proto)));
    return messages;
  }

  static LogProto.Duplicate toProto(Duplicate duplicate) {
    return LogProto.Duplicate.newBuilder()
        .setIndex(duplicate.index())
        .setOffset(duplicate.offset())
        .build();
  }

  static List<Duplicate> duplicates(List<LogProto.Duplicate> protos) {
    return protos.stream().map(d -> new Duplicate(d.getIndex(), d.getOffset())).toList();
  }

  static LogProto.PartitionActivated toProto(PartitionEvent.Activated event) {
    return LogProto.PartitionActivated.newBuilder()
        .setTimestampMillis(event.timestampMillis())
        .setNode(event.node())
        .build();
  }

  static PartitionEvent.Activated fromProto(LogProto.PartitionActivated proto) {
    return new PartitionEvent.Activated(proto.getTimestampMillis(), proto.getNode());
  }

  static LogProto.BatchAppended toProto(PartitionEvent.BatchAppended event) {
    LogProto.BatchAppended.Builder proto =
        LogProto.BatchAppended.newBuilder()
            .setFirstOffset(event.firstOffset())
            .setTimestampMillis(event.timestampMillis())
            .setPublisher(event.publisher())
            .setBatchNumber(event.batchNumber());
    event.messages().forEach(message -> proto.addMessages(toProto(message)));
    event.duplicates().forEach(duplicate -> proto.addDuplicates(toProto(duplicate)));
    return proto.build();
  }

  static PartitionEvent.BatchAppended fromProto(LogProto.BatchAppended proto) {
    return new PartitionEvent.BatchAppended(
        proto.getFirstOffset(),
        proto.getTimestampMillis(),
        proto.getPublisher(),
        proto.getBatchNumber(),
        messages(proto.getMessagesList()),
        duplicates(proto.getDuplicatesList()));
  }

  static LogProto.PartitionSnapshot toProto(PartitionSnapshot snapshot) {
    LogProto.PartitionSnapshot.Builder proto =
        LogProto.PartitionSnapshot.newBuilder()
            .setPartition(snapshot.partition())
            .setNextOffset(snapshot.nextOffset())
            .setLastTimestampMillis(snapshot.lastTimestampMillis())
            .setSequenceNumber(snapshot.sequenceNumber());
    for (PartitionSnapshot.LastBatch last : snapshot.publishers()) {
      LogProto.LastBatch.Builder batch =
          LogProto.LastBatch.newBuilder()
              .setPublisher(last.receipt().publisher())
              .setBatchNumber(last.receipt().number())
              .setFirstOffset(last.receipt().firstOffset())
              .setSize(last.receipt().size())
              .setTimestampMillis(last.timestampMillis());
      last.receipt().duplicates().forEach(d -> batch.addDuplicates(toProto(d)));
      proto.addPublishers(batch);
    }
    for (DedupWindow.Known known : snapshot.ids()) {
      proto.addIds(
          LogProto.KnownId.newBuilder()
              .setKey(known.key())
              .setId(known.id())
              .setOffset(known.offset())
              .setTimestampMillis(known.timestampMillis()));
    }
    return proto.build();
  }

  static PartitionSnapshot fromProto(LogProto.PartitionSnapshot proto) {
    return new PartitionSnapshot(
        proto.getPartition(),
        proto.getNextOffset(),
        proto.getLastTimestampMillis(),
        proto.getSequenceNumber(),
        proto.getPublishersList().stream()
            .map(
                last ->
                    new PartitionSnapshot.LastBatch(
                        new BatchReceipt(
                            last.getPublisher(),
                            proto.getPartition(),
                            last.getBatchNumber(),
                            last.getFirstOffset(),
                            last.getSize(),
                            duplicates(last.getDuplicatesList())),
                        last.getTimestampMillis()))
            .toList(),
        proto.getIdsList().stream()
            .map(
                id ->
                    new DedupWindow.Known(
                        id.getKey(), id.getId(), id.getOffset(), id.getTimestampMillis()))
            .toList());
  }
}
