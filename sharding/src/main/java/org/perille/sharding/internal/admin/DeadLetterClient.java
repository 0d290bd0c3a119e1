package org.perille.sharding.internal.admin;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingLong;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetterPage;
import org.perille.DeadLetters;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.publish.Partitioner;

/** The dead letters of a subscription. Its workers have the records, its log has the messages. */
final class DeadLetterClient<T> implements DeadLetters<T> {
  /**
   * The size limit of a dead letter.
   *
   * <p>A dead letter has a key and an error message of 1,000 characters, three bytes each. It also
   * has the names of an error's class, of a topic and of a subscription, and numbers and tags.
   */
  private static final long MAX_LETTER_BYTES = 8 * 1024;

  /** An upper bound of the size that Artery adds to an answer. */
  private static final long ENVELOPE_BYTES = 16 * 1024;

  private static final int MAX_REQUEST_ID_LENGTH = 200;

  private record Kind(
      DeadLetter.Reason reason, DeadLetter.Failure failure, Optional<String> error) {
    static Kind of(DeadLetterCount count) {
      return new Kind(count.reason(), count.failure(), count.error());
    }
  }

  private final Subscription<T> subscription;
  private final Workers workers;
  private final LogReader log;
  private final PayloadCodec<T> codec;
  private final int lettersPerPage;
  private final Materializer streams;

  DeadLetterClient(
      Subscription<T> subscription,
      Workers workers,
      LogReader log,
      PayloadCodec<T> codec,
      int lettersPerPage,
      Materializer streams) {
    this.subscription = subscription;
    this.workers = workers;
    this.log = log;
    this.codec = codec;
    this.lettersPerPage = lettersPerPage;
    this.streams = streams;
  }

  /** Returns the number of dead letters that fit into one answer, whatever their size. */
  static int lettersPerPage(long frameBytes) {
    return (int) Math.max(1, (frameBytes - ENVELOPE_BYTES) / MAX_LETTER_BYTES);
  }

  @Override
  public Source<DeadLetter, NotUsed> list(DeadLetterFilter filter) {
    return Source.from(partitions(filter)).flatMapConcat(partition -> list(partition, filter, 0));
  }

  @Override
  public CompletionStage<DeadLetterPage> page(
      DeadLetterFilter filter, DeadLetterPage.Position from, int limit) {
    if (limit < 1 || limit > DeadLetterPage.MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a page can't have %d dead letters: use 1 to %d"
              .formatted(limit, DeadLetterPage.MAX_LENGTH));
    }
    List<Integer> left =
        partitions(filter).stream().filter(partition -> partition >= from.partition()).toList();
    // One more than the page has is the next page's first.
    return Source.from(left)
        .flatMapConcat(
            partition -> list(partition, filter, partition == from.partition() ? from.offset() : 0))
        .take(limit + 1L)
        .runWith(Sink.seq(), streams)
        .thenApply(letters -> page(letters, limit));
  }

  private static DeadLetterPage page(List<DeadLetter> letters, int limit) {
    if (letters.size() <= limit) {
      return new DeadLetterPage(letters, Optional.empty());
    }
    DeadLetter next = letters.get(limit);
    return new DeadLetterPage(
        letters.subList(0, limit),
        Optional.of(new DeadLetterPage.Position(next.partition(), next.offset())));
  }

  private Source<DeadLetter, NotUsed> list(int partition, DeadLetterFilter filter, long first) {
    return Source.unfoldAsync(
            Optional.of(first),
            (Optional<Long> from) ->
                from.isEmpty()
                    ? CompletableFuture.completedFuture(Optional.empty())
                    : page(partition, filter, from.get())
                        .thenApply(page -> Optional.of(Pair.create(next(page), page.letters()))))
        .mapConcat(letters -> letters);
  }

  private CompletionStage<WorkerRequest.DeadLetterPage> page(
      int partition, DeadLetterFilter filter, long from) {
    return workers.ask(
        partition,
        replyTo -> new WorkerRequest.ListDeadLetters(filter, from, lettersPerPage, replyTo));
  }

  private static Optional<Long> next(WorkerRequest.DeadLetterPage page) {
    List<DeadLetter> letters = page.letters();
    return page.more() && !letters.isEmpty()
        ? Optional.of(letters.get(letters.size() - 1).offset() + 1)
        : Optional.empty();
  }

  @Override
  public CompletionStage<List<DeadLetterCount>> count(DeadLetterFilter filter) {
    return workers
        .<WorkerRequest.DeadLetterCounts>askAll(
            partitions(filter), replyTo -> new WorkerRequest.CountDeadLetters(filter, replyTo))
        .thenApply(DeadLetterClient::merged);
  }

  private static List<DeadLetterCount> merged(List<WorkerRequest.DeadLetterCounts> answers) {
    Map<Kind, Long> sums =
        answers.stream()
            .flatMap(answer -> answer.counts().stream())
            .collect(groupingBy(Kind::of, summingLong(DeadLetterCount::count)));
    return sums.entrySet().stream()
        .map(
            sum ->
                new DeadLetterCount(
                    sum.getKey().reason(),
                    sum.getKey().failure(),
                    sum.getKey().error(),
                    sum.getValue()))
        .sorted(
            Comparator.comparingLong(DeadLetterCount::count)
                .reversed()
                .thenComparing(DeadLetterCount::reason)
                .thenComparing(DeadLetterCount::failure)
                .thenComparing(count -> count.error().orElse("")))
        .toList();
  }

  @Override
  public CompletionStage<StoredMessage<T>> read(DeadLetter letter) {
    if (!letter.topic().equals(subscription.topic().name())
        || !letter.subscription().equals(subscription.storedName())) {
      throw new IllegalArgumentException(
          "%s is a dead letter of subscription '%s' of topic '%s', not of %s"
              .formatted(letter.deliveryId(), letter.subscription(), letter.topic(), subscription));
    }
    PartitionId partition = new PartitionId(letter.topic(), workers.existing(letter.partition()));
    return log.at(partition, letter.offset())
        .thenApply(entry -> StoredMessages.of(partition, entry, codec));
  }

  @Override
  public CompletionStage<Long> redrive(DeadLetterFilter filter, String requestId) {
    requireRequestId(requestId);
    return requestId(filter, replyTo -> new WorkerRequest.Redrive(requestId, filter, replyTo));
  }

  @Override
  public CompletionStage<Long> redrive(DeadLetterFilter filter) {
    return redrive(filter, UUID.randomUUID().toString());
  }

  @Override
  public CompletionStage<Long> discard(DeadLetterFilter filter, String reason, String requestId) {
    requireRequestId(requestId);
    Reasons.require("to discard dead letters of " + subscription, reason);
    return requestId(
        filter, replyTo -> new WorkerRequest.Discard(requestId, filter, reason, replyTo));
  }

  @Override
  public CompletionStage<Long> discard(DeadLetterFilter filter, String reason) {
    return discard(filter, reason, UUID.randomUUID().toString());
  }

  private CompletionStage<Long> requestId(
      DeadLetterFilter filter,
      Function<ActorRef<WorkerRequest.OperationDone>, WorkerRequest> request) {
    return workers
        .askAll(partitions(filter), request)
        .thenApply(done -> done.stream().mapToLong(WorkerRequest.OperationDone::concerned).sum());
  }

  private static void requireRequestId(String requestId) {
    if (requestId.isEmpty() || requestId.length() > MAX_REQUEST_ID_LENGTH) {
      throw new IllegalArgumentException(
          "an operation's name can't have %d characters: use 1 to %d"
              .formatted(requestId.length(), MAX_REQUEST_ID_LENGTH));
    }
  }

  /** Returns the partitions that the filter may match. A key is in one partition only. */
  private List<Integer> partitions(DeadLetterFilter filter) {
    List<Integer> meant =
        filter.partition().isPresent()
            ? List.of(workers.existing(filter.partition().getAsInt()))
            : workers.all();
    if (filter.key().isEmpty()) {
      return meant;
    }
    int ofKey = Partitioner.partitionOf(filter.key().get(), subscription.topic().partitions());
    return meant.contains(ofKey) ? List.of(ofKey) : List.of();
  }
}
