package org.perille.internal.wire;

import java.util.List;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSetCodec;
import org.perille.internal.log.Origin;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.partition.DedupWindow;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.partition.ProducerDedup;
import org.perille.internal.schema.LogProto;

/** The stored form of a partition's log. */
final class LogCodec {
  private LogCodec() {}

  /** Writes a message whose content isn't compressed. */
  static LogProto.LogMessage toProto(LogMessage message) {
    return withoutContent(message)
        .putAllHeaders(message.headers())
        .setSerializerId(message.serializerId())
        .setManifest(message.manifest())
        .setPayload(message.payload())
        .build();
  }

  static LogProto.LogMessage.Builder withoutContent(LogMessage message) {
    if (message.unreadable().isPresent()) {
      // Written as it is, it would seem to have an empty payload.
      throw new IllegalArgumentException("an unreadable message can't be stored or sent again");
    }
    LogProto.LogMessage.Builder proto = LogProto.LogMessage.newBuilder().setKey(message.key());
    message.origin().ifPresent(origin -> proto.setOrigin(toProto(origin)));
    if (message.hasOwnId()) {
      // Another id of a message with an origin follows from it.
      proto.setId(message.id());
    }
    return proto
        .setNotBeforeMillis(message.times().notBefore())
        .setNotAfterMillis(message.times().notAfter());
  }

  private static LogProto.Origin toProto(Origin origin) {
    return LogProto.Origin.newBuilder()
        .setProducer(origin.producer())
        .setEpoch(origin.epoch())
        .setOffset(origin.offset())
        .setIndex(origin.index())
        .build();
  }

  static LogMessage fromProto(LogProto.LogMessage proto) {
    return fromProto(
        proto,
        new LogMessage.Plain(
            proto.getHeadersMap(),
            proto.getSerializerId(),
            proto.getManifest(),
            proto.getPayload()));
  }

  /** Reads a message whose content is elsewhere. */
  static LogMessage fromProto(LogProto.LogMessage proto, LogMessage.Content content) {
    LogMessage message = new LogMessage(proto.getKey(), proto.getId(), times(proto), content);
    if (!proto.hasOrigin()) {
      return message;
    }
    LogProto.Origin origin = proto.getOrigin();
    return message.relayedBy(
        new Origin(origin.getProducer(), origin.getEpoch(), origin.getOffset(), origin.getIndex()));
  }

  private static LogMessage.Times times(LogProto.LogMessage proto) {
    return proto.getNotBeforeMillis() == 0 && proto.getNotAfterMillis() == 0
        ? LogMessage.Times.ANY
        : new LogMessage.Times(proto.getNotBeforeMillis(), proto.getNotAfterMillis());
  }

  static LogProto.ProducerReport toProto(ProducerReport report) {
    return LogProto.ProducerReport.newBuilder()
        .setProducer(report.producer())
        .setEpoch(report.epoch())
        .setFinishedBelow(report.finished().below())
        .addAllFinishedAbove(OffsetSetCodec.gaps(report.finished()))
        .build();
  }

  static List<ProducerReport> producerReports(List<LogProto.ProducerReport> protos) {
    return protos.stream()
        .map(
            proto ->
                new ProducerReport(
                    proto.getProducer(),
                    proto.getEpoch(),
                    OffsetSetCodec.set(proto.getFinishedBelow(), proto.getFinishedAboveList())))
        .toList();
  }

  static LogProto.Duplicate toProto(Duplicate duplicate) {
    return LogProto.Duplicate.newBuilder()
        .setIndex(duplicate.index())
        .setOffset(duplicate.offset())
        .setRepublished(duplicate.republished())
        .build();
  }

  static List<Duplicate> duplicates(List<LogProto.Duplicate> protos) {
    return protos.stream()
        .map(d -> new Duplicate(d.getIndex(), d.getOffset(), d.getRepublished()))
        .toList();
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
    MessageWriter writer = new MessageWriter();
    event.messages().forEach(message -> proto.addMessages(writer.write(message)));
    proto.addAllBlocks(writer.blocks());
    event.duplicates().forEach(duplicate -> proto.addDuplicates(toProto(duplicate)));
    event.producers().forEach(report -> proto.addProducers(toProto(report)));
    proto.addAllStale(event.stale());
    event.unmet().forEach(result -> proto.addUnmet(ConditionCodec.toProto(result)));
    return proto.setClock(toProto(event.clock())).build();
  }

  private static LogProto.PartitionClock toProto(PartitionClock clock) {
    return LogProto.PartitionClock.newBuilder()
        .setAgeMillis(clock.ageMillis())
        .setClockMillis(clock.clockMillis())
        .setDoubtMillis(clock.doubtMillis())
        .setDoubtedAtMillis(clock.doubtedAtMillis())
        .build();
  }

  private static PartitionClock fromProto(LogProto.PartitionClock proto) {
    return new PartitionClock(
        proto.getAgeMillis(),
        proto.getClockMillis(),
        proto.getDoubtMillis(),
        proto.getDoubtedAtMillis());
  }

  static PartitionEvent.BatchAppended fromProto(LogProto.BatchAppended proto) {
    return new PartitionEvent.BatchAppended(
        proto.getFirstOffset(),
        proto.getTimestampMillis(),
        proto.getPublisher(),
        proto.getBatchNumber(),
        new BatchMessages(proto.getBlocksList()).read(proto.getMessagesList()),
        duplicates(proto.getDuplicatesList()),
        proto.getStaleList(),
        ConditionCodec.results(proto.getUnmetList()),
        producerReports(proto.getProducersList()),
        fromProto(proto.getClock()));
  }

  static LogProto.PartitionSnapshot toProto(PartitionSnapshot snapshot) {
    LogProto.PartitionSnapshot.Builder proto =
        LogProto.PartitionSnapshot.newBuilder()
            .setPartition(snapshot.partition())
            .setNextOffset(snapshot.nextOffset())
            .setLastTimestampMillis(snapshot.lastTimestampMillis())
            .setSequenceNumber(snapshot.sequenceNumber());
    for (BatchReceipt last : snapshot.publishers()) {
      LogProto.LastBatch.Builder batch =
          LogProto.LastBatch.newBuilder()
              .setPublisher(last.publisher())
              .setBatchNumber(last.number())
              .setFirstOffset(last.firstOffset())
              .setSize(last.size());
      last.duplicates().forEach(d -> batch.addDuplicates(toProto(d)));
      batch.addAllStale(last.stale());
      last.unmet().forEach(result -> batch.addUnmet(ConditionCodec.toProto(result)));
      proto.addPublishers(batch);
    }
    for (DedupWindow.Known known : snapshot.ids()) {
      proto.addIds(
          LogProto.KnownId.newBuilder()
              .setHashHigh(known.id().high())
              .setHashLow(known.id().low())
              .setOffset(known.offset())
              .setAgeMillis(known.ageMillis()));
    }
    snapshot.producers().forEach(producer -> proto.addProducers(toProto(producer)));
    return proto.setClock(toProto(snapshot.clock())).build();
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
                    new BatchReceipt(
                        last.getPublisher(),
                        proto.getPartition(),
                        last.getBatchNumber(),
                        last.getFirstOffset(),
                        last.getSize(),
                        duplicates(last.getDuplicatesList()),
                        last.getStaleList(),
                        ConditionCodec.results(last.getUnmetList()),
                        false))
            .toList(),
        proto.getIdsList().stream().map(LogCodec::fromProto).toList(),
        proto.getProducersList().stream().map(LogCodec::fromProto).toList(),
        fromProto(proto.getClock()));
  }

  private static DedupWindow.Known fromProto(LogProto.KnownId proto) {
    return new DedupWindow.Known(
        new DedupWindow.Id(proto.getHashHigh(), proto.getHashLow()),
        proto.getOffset(),
        proto.getAgeMillis());
  }

  private static LogProto.Producer toProto(ProducerDedup.Remembered producer) {
    LogProto.Producer.Builder proto =
        LogProto.Producer.newBuilder()
            .setProducer(producer.producer())
            .setEpoch(producer.epoch())
            .setFinishedBelow(producer.finished().below())
            .addAllFinishedAbove(OffsetSetCodec.gaps(producer.finished()));
    for (ProducerDedup.Stored stored : producer.stored()) {
      proto.addStored(
          LogProto.ProducerMessage.newBuilder()
              .setOffset(stored.offset())
              .setIndex(stored.index())
              .setStoredAt(stored.storedAt()));
    }
    return proto.build();
  }

  private static ProducerDedup.Remembered fromProto(LogProto.Producer proto) {
    return new ProducerDedup.Remembered(
        proto.getProducer(),
        proto.getEpoch(),
        proto.getStoredList().stream()
            .map(s -> new ProducerDedup.Stored(s.getOffset(), s.getIndex(), s.getStoredAt()))
            .toList(),
        OffsetSetCodec.set(proto.getFinishedBelow(), proto.getFinishedAboveList()));
  }
}
