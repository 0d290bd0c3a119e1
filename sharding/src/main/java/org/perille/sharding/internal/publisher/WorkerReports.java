package org.perille.sharding.internal.publisher;

import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.ProducerReport;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;

/** The reports that workers send to the partitions for which their handlers publish. */
final class WorkerReports {
  /**
   * The limit of reports in a batch. With the longest names they are below the space reserved for a
   * batch's envelope.
   */
  private static final int MAX_REPORTS = 16;

  private WorkerReports() {}

  /**
   * Returns the reports of the workers whose messages are in the batch: the offsets that they have
   * finished. Limited, because the batch must stay small.
   */
  static List<ProducerReport> of(SendBuffer.Batch<?> batch) {
    Set<ChainPublisher.Producer> producers = Collections.newSetFromMap(new IdentityHashMap<>());
    for (PendingPublish<?> pending : batch.messages()) {
      if (producers.size() == MAX_REPORTS) {
        break;
      }
      pending.producer().ifPresent(producers::add);
    }
    Map<String, ProducerReport> reports = new HashMap<>();
    for (ChainPublisher.Producer producer : producers) {
      ProducerReport report = producer.report();
      reports.merge(
          report.producer(), report, (one, other) -> one.epoch() < other.epoch() ? other : one);
    }
    return List.copyOf(reports.values());
  }
}
