package org.perille.sharding.internal.publisher;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.perille.ConditionFailedException;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.PublishUnknownException;
import org.perille.Receipt;
import org.perille.internal.effect.ReplacedProducerException;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;

/**
 * Completes the stages of publishers.
 *
 * <p>An application's callbacks on its stages may block. So those stages complete on threads with
 * no other task, and the stages of the runtime complete on its dispatcher. A batch is one task,
 * however many messages it has.
 *
 * <p>An application's message occupies its space in the buffer until one of these threads takes it.
 * So callbacks that block hold back the publishers of this topic on this node, and no others.
 *
 * <p><b>Threading</b>: used by one actor.
 */
final class Callbacks {
  /** Completes either the application's stages or the runtime's. */
  private interface Completion {
    void complete(boolean ofApplication);
  }

  private final String topic;
  private final Admission admission;
  private final Executor runtime;
  private final PublishReports reports;
  private final Executor threads;

  /**
   * Creates the callbacks of one topic's publishers.
   *
   * @param threads completes the stages of the application, whose callbacks may block
   * @param runtime completes the stages of the runtime
   * @param reports receives what became of the messages
   */
  Callbacks(
      String topic,
      Executor threads,
      Admission admission,
      Executor runtime,
      PublishReports reports) {
    this.topic = topic;
    this.admission = admission;
    this.runtime = runtime;
    this.reports = reports;
    this.threads = threads;
  }

  /**
   * Completes the stages of a batch that has its receipt.
   *
   * @param decided the messages without those that are sent again
   */
  void stored(
      SendBuffer.Batch<CompletableFuture<Receipt>> batch,
      BatchReceipt receipt,
      List<PendingPublish<CompletableFuture<Receipt>>> decided) {
    List<PendingPublish<CompletableFuture<Receipt>>> messages = batch.messages();
    tell(decided, decided, ofApplication -> complete(messages, receipt, ofApplication));
    reports.stored(messages, receipt);
  }

  private void complete(
      List<PendingPublish<CompletableFuture<Receipt>>> messages,
      BatchReceipt receipt,
      boolean ofApplication) {
    receipt.forEach(
        new BatchReceipt.MessageOutcome() {
          @Override
          public void stored(int index, long offset, boolean duplicate) {
            PendingPublish<CompletableFuture<Receipt>> pending = messages.get(index);
            if (isOfApplication(pending) == ofApplication) {
              pending
                  .promise()
                  .complete(
                      Receipt.of(
                          topic, pending.message().key(), receipt.partition(), offset, duplicate));
            }
          }

          @Override
          public void conditionFailed(int index, OptionalLong last) {
            PendingPublish<CompletableFuture<Receipt>> pending = messages.get(index);
            if (isOfApplication(pending) == ofApplication) {
              pending
                  .promise()
                  .completeExceptionally(
                      new ConditionFailedException(
                          topic,
                          pending.message().key(),
                          pending.condition().orElseThrow().expected(),
                          last));
            }
          }

          @Override
          public void undecided(int index) {
            // It is sent again, and completes then.
          }

          @Override
          public void stale(int index) {
            PendingPublish<CompletableFuture<Receipt>> pending = messages.get(index);
            if (isOfApplication(pending) == ofApplication) {
              pending
                  .promise()
                  .completeExceptionally(
                      new ReplacedProducerException(
                          "message '%s' was not stored in topic '%s': the worker that published it has been replaced"
                              .formatted(pending.message().id(), topic)));
            }
          }
        });
  }

  /**
   * Fails the stages of messages without a receipt.
   *
   * @param underWay true if messages that were sent may still get a receipt, and so retain their
   *     space
   * @param reason the reason for refusing messages that weren't sent
   * @param when the human-readable time, for the error message
   */
  void failed(
      List<SendBuffer.Expired<CompletableFuture<Receipt>>> expired,
      boolean underWay,
      Reason reason,
      String when) {
    tell(
        expired.stream().map(SendBuffer.Expired::pending).toList(),
        expired.stream()
            .filter(one -> !underWay || !one.sent())
            .map(SendBuffer.Expired::pending)
            .toList(),
        ofApplication -> {
          for (SendBuffer.Expired<CompletableFuture<Receipt>> one : expired) {
            if (isOfApplication(one.pending()) == ofApplication) {
              one.pending().promise().completeExceptionally(failure(one, reason, when));
            }
          }
        });
    reports.failed(expired, reason);
  }

  private RuntimeException failure(
      SendBuffer.Expired<CompletableFuture<Receipt>> one, Reason reason, String when) {
    String key = one.pending().message().key();
    return one.sent()
        ? new PublishUnknownException(
            "a message for topic '%s' with key '%s' was sent and got no receipt %s; it may be stored: publish it again with the same id"
                .formatted(topic, key, when))
        : new PublishRefusedException(
            reason,
            "a message for topic '%s' with key '%s' was not sent %s and is not stored"
                .formatted(topic, key, when));
  }

  /** Releases the space, then completes the stages, each kind on its threads. */
  private void tell(
      List<PendingPublish<CompletableFuture<Receipt>>> messages,
      List<PendingPublish<CompletableFuture<Receipt>>> released,
      Completion completion) {
    if (contains(messages, false)) {
      runtime.execute(
          () -> {
            release(released, false);
            completion.complete(false);
          });
    }
    if (contains(messages, true)) {
      threads.execute(
          () -> {
            release(released, true);
            completion.complete(true);
          });
    }
  }

  /**
   * Returns whether the application has published the message. Only its publishes have a deadline;
   * the runtime waits as long as it lives.
   */
  private static boolean isOfApplication(PendingPublish<?> pending) {
    return pending.deadlineNanos().isPresent();
  }

  private static boolean contains(
      List<PendingPublish<CompletableFuture<Receipt>>> messages, boolean ofApplication) {
    for (PendingPublish<CompletableFuture<Receipt>> pending : messages) {
      if (isOfApplication(pending) == ofApplication) {
        return true;
      }
    }
    return false;
  }

  private void release(
      List<PendingPublish<CompletableFuture<Receipt>>> messages, boolean ofApplication) {
    int released = 0;
    long bytes = 0;
    for (PendingPublish<CompletableFuture<Receipt>> pending : messages) {
      if (isOfApplication(pending) == ofApplication) {
        released++;
        bytes += pending.message().sizeInBytes();
      }
    }
    if (released > 0) {
      admission.release(released, bytes);
    }
  }
}
