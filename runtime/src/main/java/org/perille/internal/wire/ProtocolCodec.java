package org.perille.internal.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMarkCodec;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.schema.ProtocolProto;

/** The serialized form of the messages between nodes. */
final class ProtocolCodec {
  private ProtocolCodec() {}

  static ProtocolProto.PublishBatch toProto(PublishBatch batch, ActorRefResolver refs) {
    ProtocolProto.PublishBatch.Builder proto =
        ProtocolProto.PublishBatch.newBuilder()
            .setTopic(batch.topic())
            .setPartition(batch.partition())
            .setPublisher(batch.publisher())
            .setBatchNumber(batch.number())
            .setReplyTo(refs.toSerializationFormat(batch.replyTo()))
            .setMayBeForgotten(batch.mayBeForgotten());
    MessageWriter writer = new MessageWriter();
    batch.messages().forEach(message -> proto.addMessages(writer.write(message)));
    proto.addAllBlocks(writer.blocks());
    batch.producers().forEach(report -> proto.addProducers(LogCodec.toProto(report)));
    return proto.addAllConditions(ConditionCodec.toProto(batch.conditions())).build();
  }

  static PublishBatch fromProto(ProtocolProto.PublishBatch proto, ActorRefResolver refs) {
    return new PublishBatch(
        proto.getTopic(),
        proto.getPartition(),
        proto.getPublisher(),
        proto.getBatchNumber(),
        new BatchMessages(proto.getBlocksList()).read(proto.getMessagesList()),
        ConditionCodec.conditions(proto.getConditionsList()),
        LogCodec.producerReports(proto.getProducersList()),
        refs.resolveActorRef(proto.getReplyTo()),
        proto.getMayBeForgotten());
  }

  static ProtocolProto.BatchReceipt toProto(BatchReceipt receipt) {
    ProtocolProto.BatchReceipt.Builder proto =
        ProtocolProto.BatchReceipt.newBuilder()
            .setPublisher(receipt.publisher())
            .setPartition(receipt.partition())
            .setBatchNumber(receipt.number())
            .setFirstOffset(receipt.firstOffset())
            .setSize(receipt.size())
            .setForgotten(receipt.forgotten());
    receipt.duplicates().forEach(duplicate -> proto.addDuplicates(LogCodec.toProto(duplicate)));
    receipt.unmet().forEach(result -> proto.addUnmet(ConditionCodec.toProto(result)));
    return proto.addAllStale(receipt.stale()).build();
  }

  static BatchReceipt fromProto(ProtocolProto.BatchReceipt proto) {
    return new BatchReceipt(
        proto.getPublisher(),
        proto.getPartition(),
        proto.getBatchNumber(),
        proto.getFirstOffset(),
        proto.getSize(),
        LogCodec.duplicates(proto.getDuplicatesList()),
        proto.getStaleList(),
        ConditionCodec.results(proto.getUnmetList()),
        proto.getForgotten());
  }

  static ProtocolProto.Attach toProto(PartitionRequest.Attach attach, ActorRefResolver refs) {
    return ProtocolProto.Attach.newBuilder()
        .setSubscription(attach.subscription())
        .setEpoch(attach.epoch())
        .setSession(attach.session())
        .setFrom(toProto(attach.from()))
        .setWorker(refs.toSerializationFormat(attach.worker()))
        .setConsumerController(refs.toSerializationFormat(attach.consumerController()))
        .setRequests(refs.toSerializationFormat(attach.requests()))
        .build();
  }

  static PartitionRequest.Attach fromProto(ProtocolProto.Attach proto, ActorRefResolver refs) {
    return new PartitionRequest.Attach(
        proto.getSubscription(),
        proto.getEpoch(),
        proto.getSession(),
        fromProto(proto.getFrom()),
        refs.resolveActorRef(proto.getWorker()),
        refs.resolveActorRef(proto.getConsumerController()),
        refs.resolveActorRef(proto.getRequests()));
  }

  static ProtocolProto.Locate toProto(PartitionRequest.Locate locate, ActorRefResolver refs) {
    return ProtocolProto.Locate.newBuilder()
        .setFrom(toProto(locate.from()))
        .setReplyTo(refs.toSerializationFormat(locate.replyTo()))
        .build();
  }

  static PartitionRequest.Locate fromProto(ProtocolProto.Locate proto, ActorRefResolver refs) {
    return new PartitionRequest.Locate(
        fromProto(proto.getFrom()), refs.resolveActorRef(proto.getReplyTo()));
  }

  static ProtocolProto.Located toProto(PartitionRequest.Located located) {
    return ProtocolProto.Located.newBuilder()
        .setOffset(located.offset())
        .setSequenceNumber(located.sequenceNumber())
        .build();
  }

  static PartitionRequest.Located fromProto(ProtocolProto.Located proto) {
    return new PartitionRequest.Located(proto.getOffset(), proto.getSequenceNumber());
  }

  private static ProtocolProto.ReadFrom toProto(ReadFrom from) {
    ProtocolProto.ReadFrom.Builder proto = ProtocolProto.ReadFrom.newBuilder();
    if (from instanceof ReadFrom.Resume resume) {
      ProtocolProto.Resume.Builder at =
          ProtocolProto.Resume.newBuilder()
              .setOffset(resume.offset())
              .setSequenceNumber(resume.sequenceNumber());
      resume.mark().ifPresent(mark -> at.setMark(LogMarkCodec.toProto(mark)));
      proto.setResume(at);
    } else if (from instanceof ReadFrom.Earliest) {
      proto.setEarliest(true);
    } else if (from instanceof ReadFrom.Latest) {
      proto.setLatest(true);
    } else if (from instanceof ReadFrom.Offset at) {
      proto.setOffset(at.offset());
    } else {
      proto.setTimestampMillis(((ReadFrom.Timestamp) from).timestampMillis());
    }
    return proto.build();
  }

  private static ReadFrom fromProto(ProtocolProto.ReadFrom proto) {
    return switch (proto.getPositionCase()) {
      case RESUME -> fromProto(proto.getResume());
      case EARLIEST -> new ReadFrom.Earliest();
      case LATEST -> new ReadFrom.Latest();
      case OFFSET -> new ReadFrom.Offset(proto.getOffset());
      case TIMESTAMP_MILLIS -> new ReadFrom.Timestamp(proto.getTimestampMillis());
      case POSITION_NOT_SET ->
          throw new IllegalArgumentException(
              "a newer version of Perille requests to read from a position that this one doesn't"
                  + " know");
    };
  }

  private static ReadFrom.Resume fromProto(ProtocolProto.Resume proto) {
    return new ReadFrom.Resume(
        proto.getOffset(),
        proto.getSequenceNumber(),
        proto.hasMark() ? Optional.of(LogMarkCodec.fromProto(proto.getMark())) : Optional.empty());
  }

  static ProtocolProto.Attached toProto(FeedAnswer.Attached attached, ActorRefResolver refs) {
    ProtocolProto.Attached.Builder proto =
        ProtocolProto.Attached.newBuilder()
            .setEpoch(attached.epoch())
            .setSession(attached.session())
            .setOffset(attached.offset())
            .setSequenceNumber(attached.sequenceNumber())
            .setFeed(refs.toSerializationFormat(attached.feed()));
    attached.mark().ifPresent(mark -> proto.setMark(LogMarkCodec.toProto(mark)));
    return proto.build();
  }

  static FeedAnswer.Attached fromProto(ProtocolProto.Attached proto, ActorRefResolver refs) {
    return new FeedAnswer.Attached(
        proto.getEpoch(),
        proto.getSession(),
        proto.getOffset(),
        proto.getSequenceNumber(),
        proto.hasMark() ? Optional.of(LogMarkCodec.fromProto(proto.getMark())) : Optional.empty(),
        refs.resolveActorRef(proto.getFeed()));
  }

  static ProtocolProto.AttachRefused toProto(FeedAnswer.Refused refused) {
    return ProtocolProto.AttachRefused.newBuilder()
        .setEpoch(refused.epoch())
        .setSession(refused.session())
        .setReason(refused.reason())
        .build();
  }

  static FeedAnswer.Refused fromProto(ProtocolProto.AttachRefused proto) {
    return new FeedAnswer.Refused(proto.getEpoch(), proto.getSession(), proto.getReason());
  }

  static ProtocolProto.FeedBatch toProto(FeedBatch batch) {
    ProtocolProto.FeedBatch.Builder proto =
        ProtocolProto.FeedBatch.newBuilder().setSequenceNumber(batch.sequenceNumber());
    batch.mark().ifPresent(mark -> proto.setMark(LogMarkCodec.toProto(mark)));
    MessageWriter writer = new MessageWriter();
    for (LogEntry entry : batch.entries()) {
      proto.addEntries(
          ProtocolProto.LogEntry.newBuilder()
              .setOffset(entry.offset())
              .setTimestampMillis(entry.timestampMillis())
              .setMessage(writer.write(entry.message())));
    }
    return proto.addAllBlocks(writer.blocks()).build();
  }

  static FeedBatch fromProto(ProtocolProto.FeedBatch proto) {
    BatchMessages messages = new BatchMessages(proto.getBlocksList());
    List<LogEntry> entries = new ArrayList<>(proto.getEntriesCount());
    for (ProtocolProto.LogEntry entry : proto.getEntriesList()) {
      entries.add(
          new LogEntry(
              entry.getOffset(), entry.getTimestampMillis(), messages.read(entry.getMessage())));
    }
    return new FeedBatch(
        proto.getSequenceNumber(),
        entries,
        proto.hasMark() ? Optional.of(LogMarkCodec.fromProto(proto.getMark())) : Optional.empty());
  }

  static ProtocolProto.CursorReport toProto(PartitionRequest.CursorReport report) {
    return ProtocolProto.CursorReport.newBuilder()
        .setSubscription(report.subscription())
        .setEpoch(report.epoch())
        .setNextOffset(report.nextOffset())
        .setFinishedAbove(report.finishedAbove())
        .setProblems(toProto(report.problems()))
        .build();
  }

  private static ProtocolProto.PartitionProblems toProto(PartitionProblems problems) {
    ProtocolProto.PartitionProblems.Builder proto =
        ProtocolProto.PartitionProblems.newBuilder()
            .setRetrying(problems.retrying())
            .setWaiting(problems.waiting())
            .setParkedKeys(problems.parkedKeys())
            .setDeadLetters(problems.deadLetters())
            .setSkipped(problems.skipped())
            .setHanging(problems.hanging());
    problems.paused().ifPresent(proto::setPaused);
    return proto.build();
  }

  private static PartitionProblems fromProto(ProtocolProto.PartitionProblems proto) {
    PartitionProblems problems =
        PartitionProblems.builder()
            .retrying(proto.getRetrying())
            .waiting(proto.getWaiting())
            .parkedKeys(proto.getParkedKeys())
            .deadLetters(proto.getDeadLetters())
            .skipped(proto.getSkipped())
            .hanging(proto.getHanging())
            .build();
    return proto.hasPaused() ? problems.withPaused(proto.getPaused()) : problems;
  }

  static PartitionRequest.CursorReport fromProto(ProtocolProto.CursorReport proto) {
    return new PartitionRequest.CursorReport(
        proto.getSubscription(),
        proto.getEpoch(),
        proto.getNextOffset(),
        proto.getFinishedAbove(),
        fromProto(proto.getProblems()));
  }

  static ProtocolProto.DescribePartition toProto(
      PartitionRequest.Describe describe, ActorRefResolver refs) {
    return ProtocolProto.DescribePartition.newBuilder()
        .setReplyTo(refs.toSerializationFormat(describe.replyTo()))
        .build();
  }

  static PartitionRequest.Describe fromProto(
      ProtocolProto.DescribePartition proto, ActorRefResolver refs) {
    return new PartitionRequest.Describe(refs.resolveActorRef(proto.getReplyTo()));
  }

  static ProtocolProto.PartitionDescription toProto(PartitionRequest.Description description) {
    ProtocolProto.PartitionDescription.Builder proto =
        ProtocolProto.PartitionDescription.newBuilder().setEndOffset(description.endOffset());
    description.cursors().forEach(report -> proto.addCursors(toProto(report)));
    return proto.build();
  }

  static PartitionRequest.Description fromProto(ProtocolProto.PartitionDescription proto) {
    return new PartitionRequest.Description(
        proto.getEndOffset(),
        proto.getCursorsList().stream().map(ProtocolCodec::fromProto).toList());
  }
}
