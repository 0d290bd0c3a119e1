package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.perille.Delivery;
import org.perille.internal.subscribe.Temper.KilledError;

/** The application's handler in one process: during each call other things happen. */
final class ModelHandler {
  private final FailureStory story;
  private final ModelLife life;
  private final List<ModelAttempt> running = new ArrayList<>();
  private final List<Long> uncommitted = new ArrayList<>();
  private final List<ModelAttempt> later = new ArrayList<>();

  private int abandonments;

  ModelHandler(FailureStory story, ModelLife life) {
    this.story = story;
    this.life = life;
  }

  boolean isIdle() {
    return running.isEmpty();
  }

  /** What was handled in transactions that are still to be committed. */
  List<Long> uncommitted() {
    return uncommitted;
  }

  List<ModelAttempt> running() {
    return running;
  }

  private ModelAttempt begin(Delivery<String> delivery, boolean abandoned) {
    if (life.isDead()) {
      throw new KilledError();
    }
    try {
      ModelAttempt attempt = story.ledger().enter(life, delivery, abandoned);
      running.add(attempt);
      return attempt;
    } catch (AssertionError e) {
      // For the code under test it would be a handler that fails.
      story.violated(e);
      throw new KilledError();
    }
  }

  /** Handles a message while the caller waits. */
  void handle(Delivery<String> delivery) {
    handle(delivery, false);
  }

  /**
   * Handles a message of several.
   *
   * @param abandoned whether those were given up meanwhile, which nobody could tell the caller
   */
  void handle(Delivery<String> delivery, boolean abandoned) {
    ModelAttempt attempt = begin(delivery, abandoned);
    story.meanwhile();
    end(attempt);
  }

  /** Handles a message some time. */
  CompletionStage<Void> handleLater(Delivery<String> delivery) {
    ModelAttempt attempt = begin(delivery, false);
    later.add(attempt);
    if (story.random().nextInt(3) == 0) {
      endLater(attempt);
    }
    return attempt.result();
  }

  boolean hasLater() {
    return !later.isEmpty();
  }

  void endAny() {
    endLater(later.get(story.random().nextInt(later.size())));
  }

  private void endLater(ModelAttempt attempt) {
    later.remove(attempt);
    try {
      end(attempt);
      attempt.result().complete(null);
    } catch (RuntimeException e) {
      attempt.result().completeExceptionally(e);
    } catch (KilledError e) {
      // Nobody gets to know.
      later.clear();
    }
  }

  private void end(ModelAttempt attempt) {
    running.remove(attempt);
    if (life.isDead()) {
      throw new KilledError();
    }
    Temper temper = story.temper(attempt.offset());
    if (temper.kills(attempt.number())) {
      story.mark(FailureMark.KILLED);
      story.crash(life);
      throw new KilledError();
    }
    temper.handle(attempt.number());
    story.ledger().succeeded(life, attempt);
  }

  /** How often handlers were given up. */
  int abandonments() {
    return abandonments;
  }

  /** All that runs has missed its deadline. */
  void abandon(WorkerCore<?> core) {
    if (!running.isEmpty()) {
      story.mark(FailureMark.ABANDONED);
    }
    abandonments++;
    running.forEach(ModelAttempt::abandon);
    core.checkDeadlines(System.nanoTime() + TimeUnit.DAYS.toNanos(2));
  }
}
