package org.perille.proof.workload;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.Perille;
import org.perille.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles dead letters. Those that can never succeed are discarded, which unblocks their keys.
 *
 * <p>All others failed because of an injected fault, and are redriven.
 */
public final class Operator {
  private static final Logger LOG = LoggerFactory.getLogger(Operator.class);
  private static final long TIMEOUT_SECONDS = 30;

  /** The errors of handlers that no redrive can help. */
  private static final Set<String> HOPELESS =
      Set.of(
          PoisonedException.class.getName(),
          PoisonedError.class.getName(),
          ForbiddenException.class.getName());

  private final Perille perille;
  private final Workload workload;
  private final Witness witness;
  private final Duration pause;
  private volatile boolean stopped;

  public Operator(Perille perille, Workload workload, Witness witness, Duration pause) {
    this.perille = perille;
    this.workload = workload;
    this.witness = witness;
    this.pause = pause;
  }

  /** Starts to handle dead letters, until {@link #stop}. */
  public void start() {
    Thread thread = new Thread(this::run, "operator");
    thread.setDaemon(true);
    thread.start();
  }

  /** Stops. */
  public void stop() {
    stopped = true;
  }

  private void run() {
    try {
      while (!stopped) {
        TimeUnit.MILLISECONDS.sleep(pause.toMillis());
        for (Subscription<Item> subscription : workload.parking()) {
          tend(subscription);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Handles the dead letters of a subscription. If they can't be listed now, they wait.
   *
   * @return the number of dead letters that were redriven or discarded
   */
  long tend(Subscription<Item> subscription) throws InterruptedException {
    DeadLetters<Item> letters = perille.subscription(subscription).deadLetters();
    long concerned = 0;
    try {
      for (DeadLetter letter :
          await(
              letters
                  .list(DeadLetterFilter.all())
                  .take(200)
                  .runWith(Sink.seq(), perille.system()))) {
        concerned += isHopeless(letter) ? discard(letters, letter) : redrive(letters, letter);
      }
    } catch (ExecutionException | TimeoutException e) {
      LOG.info("Dead letters of {} can't be redriven or discarded now", subscription, e);
    }
    return concerned;
  }

  private long redrive(DeadLetters<Item> letters, DeadLetter letter)
      throws InterruptedException, ExecutionException, TimeoutException {
    witness.redriven(letter);
    return await(letters.redrive(DeadLetterFilter.only(letter)));
  }

  private long discard(DeadLetters<Item> letters, DeadLetter letter)
      throws InterruptedException, ExecutionException, TimeoutException {
    // The dead letter is recorded now. If the answer to the discard is lost, no later listing
    // contains it.
    witness.deadLettered(letter);
    long discarded =
        await(letters.discard(DeadLetterFilter.only(letter), "it can never be handled"));
    if (discarded > 0) {
      witness.discarded(letter);
    }
    return discarded;
  }

  private static boolean isHopeless(DeadLetter letter) {
    return letter.failure() == DeadLetter.Failure.UNDECODABLE
        || letter.failure() == DeadLetter.Failure.NACK
        || letter.error().filter(HOPELESS::contains).isPresent();
  }

  private static <T> T await(CompletionStage<T> stage)
      throws InterruptedException, ExecutionException, TimeoutException {
    return stage.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
