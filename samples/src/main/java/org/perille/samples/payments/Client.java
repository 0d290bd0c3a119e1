package org.perille.samples.payments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.EventSourcedSubscription;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Receipt;

/**
 * Requests the payments, and their answers.
 *
 * <p>It repeats requests on purpose, as clients do. After a restart it also repeats every request
 * without an answer. A payment is always published under its own id. So repeating it is harmless
 * and returns the receipt of the first time, by which the answer is found.
 */
final class Client implements AutoCloseable {
  private static final int IN_FLIGHT = 32;

  private final Perille perille;
  private final Publisher<PaymentRequested> publisher;
  private final EventSourcedSubscription<PaymentRequested, Account> ledger;
  private final Plan plan;
  private final ClientNotes notes;
  private final ClientNotes.Content known;

  /** Writes the notes, so that writing doesn't block the threads that complete receipts. */
  private final ExecutorService writing = Executors.newSingleThreadExecutor();

  /**
   * Creates a client that continues from earlier notes.
   *
   * @param known the notes of the processes before this one
   */
  Client(
      Perille perille,
      EventSourcedSubscription<PaymentRequested, Account> ledger,
      Plan plan,
      ClientNotes notes,
      ClientNotes.Content known) {
    this.perille = perille;
    this.publisher = perille.publisher(Services.REQUESTS);
    this.ledger = ledger;
    this.plan = plan;
    this.notes = notes;
    this.known = known;
  }

  /** Publishes the copies that a process other than that of the first publication must publish. */
  CompletionStage<Done> repeatOfOtherProcesses() {
    Set<String> repeated = new HashSet<>();
    known.publications().stream()
        .filter(p -> p.copy().equals(Optional.of(Plan.Copy.FROM_ANOTHER_PROCESS)))
        .forEach(p -> repeated.add(p.paymentId()));
    List<PaymentRequested> owed =
        plan.requests().stream()
            .filter(request -> known.answers().containsKey(request.paymentId()))
            .filter(request -> !repeated.contains(request.paymentId()))
            .filter(request -> count(request, Plan.Copy.FROM_ANOTHER_PROCESS) > 0)
            .toList();
    return each(owed, request -> copies(request, Plan.Copy.FROM_ANOTHER_PROCESS));
  }

  /** Requests the payments without an answer. Completes when all have one. */
  CompletionStage<Done> ask(List<PaymentRequested> requests) {
    return each(
        requests.stream()
            .filter(request -> !known.answers().containsKey(request.paymentId()))
            .toList(),
        this::ask);
  }

  /** Returns whether copies are left that only another process can publish. */
  boolean needsAnotherProcess() {
    return plan.requests().stream()
        .anyMatch(
            request ->
                count(request, Plan.Copy.FROM_ANOTHER_PROCESS) > 0
                    && !known.answers().containsKey(request.paymentId()));
  }

  private interface Task {
    CompletionStage<Done> of(PaymentRequested request);
  }

  private CompletionStage<Done> each(List<PaymentRequested> requests, Task task) {
    return Source.from(requests)
        .mapAsync(IN_FLIGHT, task::of)
        .runWith(Sink.ignore(), perille.system());
  }

  private CompletionStage<Done> ask(PaymentRequested request) {
    CompletionStage<Receipt> first = publish(request, Optional.empty());
    CompletionStage<Done> atOnce = copies(request, Plan.Copy.AT_ONCE);
    CompletionStage<Done> answer =
        first.thenCompose(
            receipt ->
                copies(request, Plan.Copy.AFTER_RECEIPT).thenCompose(copied -> answer(receipt)));
    return answer.thenCombine(atOnce, (answered, copied) -> answered);
  }

  private CompletionStage<Done> copies(PaymentRequested request, Plan.Copy kind) {
    List<CompletableFuture<Receipt>> copies = new ArrayList<>();
    for (long i = count(request, kind); i > 0; i--) {
      copies.add(publish(request, Optional.of(kind)).toCompletableFuture());
    }
    return CompletableFuture.allOf(copies.toArray(CompletableFuture[]::new))
        .thenApply(all -> Done.getInstance());
  }

  private long count(PaymentRequested request, Plan.Copy kind) {
    return plan.copies(request.paymentId()).stream().filter(kind::equals).count();
  }

  private CompletionStage<Receipt> publish(PaymentRequested request, Optional<Plan.Copy> copy) {
    return publisher
        .publish(request, MessageId.of(request.paymentId()))
        .thenApplyAsync(
            receipt -> {
              noting(() -> notes.published(request.paymentId(), copy, receipt));
              return receipt;
            },
            writing);
  }

  private CompletionStage<Done> answer(Receipt receipt) {
    return perille
        .subscription(ledger)
        .reply(receipt, Decision.class)
        .thenApplyAsync(
            decision -> {
              noting(() -> notes.answered(decision.orElseThrow()));
              return Done.getInstance();
            },
            writing);
  }

  private interface Note {
    void take() throws IOException;
  }

  private static void noting(Note note) {
    try {
      note.take();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    writing.shutdown();
  }
}
