package org.perille.sharding.internal;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.PublishUnknownException;
import org.perille.Receipt;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.publish.Admission;
import org.perille.internal.publish.Outbox;
import org.perille.internal.publish.Pending;

/**
 * Tells publishers what became of their messages. What an application attaches to its stages may
 * block: they complete on threads that do nothing else, and those of the runtime on its dispatcher.
 * A batch is one task, however many messages it has.
 *
 * <p>An application's message keeps its room in the buffer until one of these threads takes it up.
 * So callbacks that block hold back this topic's publishers on this node, and nobody else.
 *
 * <p><b>Threading</b>: used by one actor.
 */
final class Callbacks implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  /** Completes those stages that are the application's, or those that aren't. */
  private interface Completion {
    void complete(boolean ofApplication);
  }

  private final String topic;
  private final Admission admission;
  private final Executor runtime;
  private final ThreadPoolExecutor threads;

  /**
   * Callbacks of one topic's publishers.
   *
   * @param threads callbacks that run, or block, at once
   * @param runtime completes the stages of the runtime
   */
  Callbacks(String topic, int threads, Admission admission, Executor runtime) {
    this.topic = topic;
    this.admission = admission;
    this.runtime = runtime;
    this.threads =
        new ThreadPoolExecutor(
            threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    AtomicLong count = new AtomicLong();
    this.threads.setThreadFactory(
        task -> {
          String name = "perille-receipts-%s-%d".formatted(topic, count.incrementAndGet());
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
    this.threads.allowCoreThreadTimeOut(true);
  }

  /** All messages of a batch have their receipts. */
  void stored(Outbox.Batch<CompletableFuture<Receipt>> batch, BatchReceipt receipt) {
    List<Pending<CompletableFuture<Receipt>>> messages = batch.messages();
    tell(messages, messages, ofApplication -> complete(messages, receipt, ofApplication));
  }

  private void complete(
      List<Pending<CompletableFuture<Receipt>>> messages,
      BatchReceipt receipt,
      boolean ofApplication) {
    receipt.forEach(
        new BatchReceipt.Outcome() {
          @Override
          public void stored(int index, long offset, boolean duplicate) {
            Pending<CompletableFuture<Receipt>> pending = messages.get(index);
            if (isOfApplication(pending) == ofApplication) {
              pending
                  .promise()
                  .complete(new Receipt(topic, receipt.partition(), offset, duplicate));
            }
          }

          @Override
          public void stale(int index) {
            Pending<CompletableFuture<Receipt>> pending = messages.get(index);
            if (isOfApplication(pending) == ofApplication) {
              pending
                  .promise()
                  .completeExceptionally(
                      new IllegalStateException(
                          "message '%s' was not stored in topic '%s': the worker that published it has been replaced"
                              .formatted(pending.message().id(), topic)));
            }
          }
        });
  }

  /**
   * Messages have no receipt, and are not waited for any more.
   *
   * @param underWay whether those that were sent may still get one, and keep their room
   * @param reason why those are refused that weren't sent
   * @param when for people
   */
  void failed(
      List<Outbox.Expired<CompletableFuture<Receipt>>> expired,
      boolean underWay,
      Reason reason,
      String when) {
    tell(
        expired.stream().map(Outbox.Expired::pending).toList(),
        expired.stream()
            .filter(one -> !underWay || !one.sent())
            .map(Outbox.Expired::pending)
            .toList(),
        ofApplication -> {
          for (Outbox.Expired<CompletableFuture<Receipt>> one : expired) {
            if (isOfApplication(one.pending()) == ofApplication) {
              one.pending().promise().completeExceptionally(failure(one, reason, when));
            }
          }
        });
  }

  private RuntimeException failure(
      Outbox.Expired<CompletableFuture<Receipt>> one, Reason reason, String when) {
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

  /** Makes room, then completes the stages, each kind on its threads. */
  private void tell(
      List<Pending<CompletableFuture<Receipt>>> messages,
      List<Pending<CompletableFuture<Receipt>>> released,
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
            UserCode.clearInterrupt();
          });
    }
  }

  /** The runtime waits for as long as it lives, an application for a time. */
  private static boolean isOfApplication(Pending<?> pending) {
    return pending.deadlineNanos().isPresent();
  }

  private static boolean contains(
      List<Pending<CompletableFuture<Receipt>>> messages, boolean ofApplication) {
    for (Pending<CompletableFuture<Receipt>> pending : messages) {
      if (isOfApplication(pending) == ofApplication) {
        return true;
      }
    }
    return false;
  }

  private void release(List<Pending<CompletableFuture<Receipt>>> messages, boolean ofApplication) {
    int released = 0;
    long bytes = 0;
    for (Pending<CompletableFuture<Receipt>> pending : messages) {
      if (isOfApplication(pending) == ofApplication) {
        released++;
        bytes += pending.message().sizeInBytes();
      }
    }
    if (released > 0) {
      admission.release(released, bytes);
    }
  }

  /** Takes no more; what it was told of, it still says. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
