package org.perille.sharding.internal.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Commit;
import org.perille.MessageId;
import org.perille.PerilleListener.Published;
import org.perille.PerilleListener.Refused;
import org.perille.PerilleListener.Unknown;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.Transaction;
import org.perille.internal.hook.Listeners;
import org.perille.internal.hook.NodeHooks;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Storable;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.outbox.OutboxEncoder;
import org.perille.internal.publish.Admission;
import org.perille.internal.settings.PublisherSettings;
import org.perille.sharding.internal.admin.PartitionClient;
import org.perille.sharding.internal.publisher.Publishers;
import org.perille.sharding.internal.transaction.NewTransaction.Added;

/**
 * The transactions that this node commits.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class Transactions {
  /** The time that publishers have to end, whatever transactions have left of it. */
  private static final Duration LEAST = Duration.ofMillis(100);

  private final PublisherSettings settings;
  private final OutboxEncoder encoder;
  private final Publishers publishers;
  private final PartitionClient partitions;
  private final Admission admission;
  private final Executor executor;
  private final Executor callbacks;
  private final Listeners listeners;
  private final Set<CommittingTransaction> underWay = ConcurrentHashMap.newKeySet();

  /**
   * Creates an empty set of transactions.
   *
   * @param encoder encodes the application's messages
   * @param partitions answer what became of a transaction
   */
  public Transactions(
      ActorSystem<?> system,
      PublisherSettings settings,
      OutboxEncoder encoder,
      Publishers publishers,
      PartitionClient partitions) {
    this.settings = settings;
    this.encoder = encoder;
    this.publishers = publishers;
    this.partitions = partitions;
    this.admission = new Admission(settings.bufferMessages(), settings.bufferBytes());
    this.executor = system.executionContext();
    this.callbacks = publishers.callbacks("transactions");
    this.listeners = NodeHooks.of(system).listeners();
  }

  /** Commits a transaction. All failures are those of the stages. */
  public Commit commit(MessageId id, List<Added<?>> added) {
    PendingCommit commit = new PendingCommit(id);
    List<Topic<?>> topics = added.stream().<Topic<?>>map(Added::topic).toList();
    try {
      List<LogMessage> encoded = new ArrayList<>(added.size());
      for (Added<?> one : added) {
        // A publisher reports what it refuses.
        encoded.add(encode(one));
      }
      begin(commit, topics, encoded);
    } catch (PublishRefusedException refused) {
      commit.fail(refused);
    }
    return commit;
  }

  private void begin(PendingCommit commit, List<Topic<?>> topics, List<LogMessage> encoded) {
    try {
      begin(checked(commit, topics, encoded));
    } catch (PublishRefusedException refused) {
      topics.stream().map(Topic::name).distinct().forEach(topic -> report(topic, refused));
      throw refused;
    }
  }

  private CommittingTransaction checked(
      PendingCommit commit, List<Topic<?>> topics, List<LogMessage> encoded) {
    Storable.problemOf(commit.id().value())
        .ifPresent(
            problem -> {
              throw new PublishRefusedException(
                  Reason.INVALID_ID,
                  "the id '%s' of a transaction contains %s, which not every storage can store"
                      .formatted(Storable.cleaned(commit.id().value()), problem));
            });
    if (commit.id().value().length() > MessageId.MAX_LENGTH) {
      throw new PublishRefusedException(
          Reason.INVALID_ID,
          "the id of a transaction has %d characters: use 1 to %d"
              .formatted(commit.id().value().length(), MessageId.MAX_LENGTH));
    }
    if (encoded.size() > Transaction.MAX_MESSAGES) {
      throw new PublishRefusedException(
          Reason.TOO_LARGE,
          "transaction '%s' has %d messages, and %d are possible"
              .formatted(commit.id(), encoded.size(), Transaction.MAX_MESSAGES));
    }
    List<TransactionMessage> messages = new ArrayList<>(encoded.size());
    for (int i = 0; i < encoded.size(); i++) {
      Topic<?> topic = topics.get(i);
      messages.add(new TransactionMessage(topic.name(), topic.partitions(), encoded.get(i)));
    }
    CommittingTransaction transaction = new CommittingTransaction(this, topics, messages, commit);
    if (transaction.sizeInBytes() > settings.maxMessageBytes()) {
      throw new PublishRefusedException(
          Reason.TOO_LARGE,
          "transaction '%s' has %d bytes in %d messages, and perille.publisher.max-message-bytes is %d"
              .formatted(
                  commit.id(),
                  transaction.sizeInBytes(),
                  messages.size(),
                  settings.maxMessageBytes()));
    }
    return transaction;
  }

  private <T> LogMessage encode(Added<T> added) {
    return encoder.encode(added.topic(), added.message());
  }

  private void begin(CommittingTransaction transaction) {
    if (admission.isClosed()) {
      throw new PublishRefusedException(
          Reason.STOPPED, "no more transactions are accepted: Perille is stopping on this node");
    }
    if (!admission.tryAdmit(transaction.sizeInBytes())) {
      throw new PublishRefusedException(
          Reason.BUFFER_FULL,
          "there is no space for another transaction: %s wait for their receipts; commit more slowly, or raise perille.publisher.buffer-messages and buffer-bytes"
              .formatted(admission));
    }
    underWay.add(transaction);
    try {
      // In one order for all topics, so that no two transactions wait for each other.
      synchronized (this) {
        transaction.queue();
      }
      transaction.begin(settings.timeout());
    } catch (IllegalStateException e) {
      // The actor system creates no more actors.
      transaction.stopped();
    }
    if (admission.isClosed()) {
      // It may have begun after the others were ended.
      CompletableFuture.delayedExecutor(
              settings.timeout().toMillis(), TimeUnit.MILLISECONDS, executor)
          .execute(transaction::stopped);
    }
  }

  Publishers publishers() {
    return publishers;
  }

  PartitionClient partitions() {
    return partitions;
  }

  Executor executor() {
    return executor;
  }

  Duration timeout() {
    return settings.timeout();
  }

  boolean isClosed() {
    return admission.isClosed();
  }

  /** Runs what completes stages, whose callbacks may block. */
  void run(Runnable completion) {
    callbacks.execute(completion);
  }

  /** Completes a transaction whose messages are all stored. */
  void stored(
      CommittingTransaction transaction,
      PendingCommit commit,
      List<Receipt> receipts,
      Duration latency) {
    ended(transaction, () -> commit.stored(receipts));
    if (!listeners.areNone()) {
      Map<String, int[]> counts = new LinkedHashMap<>();
      for (Receipt receipt : receipts) {
        int[] ofTopic = counts.computeIfAbsent(receipt.topic(), topic -> new int[2]);
        ofTopic[0]++;
        ofTopic[1] += receipt.duplicate() ? 1 : 0;
      }
      counts.forEach(
          (topic, ofTopic) -> {
            Published event = new Published(topic, ofTopic[0], ofTopic[1], latency);
            listeners.report(() -> listener -> listener.published(event));
          });
    }
  }

  /** Fails the stages of a transaction that has ended. */
  void failed(CommittingTransaction transaction, PendingCommit commit, RuntimeException failure) {
    ended(transaction, () -> commit.fail(failure));
    report(transaction, failure);
  }

  /** Fails the stages of a transaction that goes on. */
  void unknown(CommittingTransaction transaction, PendingCommit commit, RuntimeException failure) {
    run(() -> commit.fail(failure));
    report(transaction, failure);
  }

  private void ended(CommittingTransaction transaction, Runnable completion) {
    underWay.remove(transaction);
    run(
        () -> {
          admission.release(1, transaction.sizeInBytes());
          completion.run();
        });
  }

  private void report(CommittingTransaction transaction, RuntimeException failure) {
    transaction.messages().stream()
        .map(TransactionMessage::topic)
        .distinct()
        .forEach(topic -> report(topic, failure));
  }

  private void report(String topic, RuntimeException failure) {
    listeners.report(
        () -> {
          if (failure instanceof PublishRefusedException refused) {
            Refused event = new Refused(topic, refused.reason());
            return listener -> listener.refused(event);
          }
          Unknown event = new Unknown(topic);
          return listener -> listener.unknown(event);
        });
  }

  /**
   * Refuses further transactions, waits for those under way, and then closes the publishers, which
   * they need. When the time-out expires, what is left fails.
   */
  public CompletionStage<Done> closeWithPublishers(Duration timeout) {
    long begun = System.nanoTime();
    return close(timeout)
        .thenCompose(
            closed -> {
              Duration left = timeout.minusNanos(System.nanoTime() - begun);
              return publishers.close(left.compareTo(LEAST) > 0 ? left : LEAST);
            });
  }

  private CompletionStage<Done> close(Duration timeout) {
    admission.close();
    List<CommittingTransaction> left = List.copyOf(underWay);
    return CompletableFuture.allOf(
            left.stream().map(CommittingTransaction::ended).toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, timeout.toNanos(), TimeUnit.NANOSECONDS)
        .thenApplyAsync(
            all -> {
              List.copyOf(underWay).forEach(CommittingTransaction::stopped);
              return Done.getInstance();
            },
            executor);
  }
}
