package org.perille.sharding.internal.admin;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.MessageReader;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;

/** Reads single messages at any position of a log, from any node. */
final class LogReader {
  private final PartitionClient questions;
  private final PartitionJournal journal;
  private final Decompressor decompressor;
  private final Duration timeout;

  LogReader(
      PartitionClient questions,
      PartitionJournal journal,
      Decompressor decompressor,
      Duration timeout) {
    this.questions = questions;
    this.journal = journal;
    this.decompressor = decompressor;
    this.timeout = timeout;
  }

  /** Returns the message at an offset. Fails if the log doesn't have it. */
  CompletionStage<LogEntry> at(PartitionId id, long offset) {
    return questions
        .<PartitionRequest.Description>askUntilAnswered(id, PartitionRequest.Describe::new, timeout)
        .thenCompose(
            log ->
                offset >= 0 && offset < log.endOffset()
                    ? locate(id, offset)
                    : CompletableFuture.failedFuture(
                        new IllegalArgumentException(
                            "partition %s has no offset %d: it holds the %d offsets from 0 on"
                                .formatted(id, offset, log.endOffset()))));
  }

  private CompletionStage<LogEntry> locate(PartitionId id, long offset) {
    return questions
        .<PartitionRequest.Located>askUntilAnswered(
            id,
            replyTo -> new PartitionRequest.Locate(new ReadFrom.Offset(offset), replyTo),
            timeout)
        .thenCompose(
            place ->
                new MessageReader(journal, id.persistenceId(), decompressor)
                    .read(List.of(new MessageReader.Wanted(offset, place.sequenceNumber()))))
        .thenApply(found -> found.get(offset));
  }
}
