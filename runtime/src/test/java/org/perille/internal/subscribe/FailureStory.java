package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.internal.log.LogMessage;
import org.perille.internal.wire.PayloadCodec;

/**
 * A subscription in one partition, made of the real decisions. Storage, executors, time, the
 * handler and the order of everything are chosen at random, and each seed makes one story.
 */
final class FailureStory {
  private static final int KEYS = 4;
  private static final int MAX_MESSAGES = 60;

  /** Handlers that wait for one another on one stack, at the most. */
  private static final int MAX_NESTED = 3;

  /** Far more than a story needs that is healthy. */
  private static final int MAX_ROUNDS = 60_000;

  private record Step(int weight, Runnable action) {}

  private final Random random;
  private final ActorSystem<?> system;
  private final FailureMark.Tally marks;
  private final List<String> told;
  private final FailureSetup setup;
  private final ModelClock clock = new ModelClock();
  private final ModelTopic topic = new ModelTopic();
  private final ModelStorage storage;
  private final FailureLedger ledger = new FailureLedger(this);
  private final ModelOperator operator = new ModelOperator(this);
  private final PayloadCodec<String> codec;
  private final List<Temper> tempers = new ArrayList<>();
  private final List<ModelLife> lives = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private Optional<Throwable> violation = Optional.empty();
  private int livesBegun;
  private int nested;
  private boolean healed;
  private boolean mended;

  /**
   * A story that hasn't begun.
   *
   * @param told takes what happens; the same list for every story if nobody reads it
   */
  FailureStory(long seed, ActorSystem<?> system, FailureMark.Tally marks, List<String> told) {
    this.random = new Random(seed);
    this.system = system;
    this.marks = marks;
    this.told = told;
    this.setup = FailureSetup.any(random);
    this.storage = new ModelStorage(system);
    this.codec = new PayloadCodec<>(system, String.class);
    start();
    defineSteps();
  }

  private void defineSteps() {
    int faults = random.nextInt(4);
    int resets = random.nextInt(4) == 0 ? 2 : 0;
    steps.add(new Step(60, this::publish));
    steps.add(new Step(1000, this::goOn));
    steps.add(new Step(60, this::ensureAlive));
    steps.add(new Step(60, () -> clock.pass(random.nextInt(60))));
    steps.add(new Step(5, () -> topic.recover(clock.millis())));
    steps.add(new Step(10, () -> storage.takeSnapshot(random)));
    steps.add(new Step(8, operator::redrive));
    steps.add(new Step(5, operator::discard));
    steps.add(new Step(4, operator::repeatOrder));
    steps.add(new Step(6, operator::pauseOrResume));
    steps.add(new Step(10, operator::awaitFinished));
    steps.add(new Step(resets, operator::reset));
    steps.add(new Step(5, () -> any(lives).missDeadlines()));
    steps.add(new Step(4, this::stop));
    steps.add(new Step(5 * faults, () -> crash(any(lives))));
    steps.add(new Step(3 * faults, this::replace));
  }

  private <E> E any(List<E> list) {
    return list.get(random.nextInt(list.size()));
  }

  Random random() {
    return random;
  }

  ActorSystem<?> system() {
    return system;
  }

  FailureSetup setup() {
    return setup;
  }

  ModelClock clock() {
    return clock;
  }

  ModelTopic topic() {
    return topic;
  }

  ModelStorage storage() {
    return storage;
  }

  FailureLedger ledger() {
    return ledger;
  }

  ModelOperator operator() {
    return operator;
  }

  void mark(FailureMark mark) {
    marks.add(mark);
  }

  /** Notes what happens. */
  void tell(ModelLife life, String what) {
    if (told != null) {
      told.add(clock.millis() + " " + "  ".repeat(nested) + life + ": " + what);
    }
  }

  ModelFault fault() {
    return healed || random.nextInt(60) > 0
        ? ModelFault.NONE
        : random.nextBoolean() ? ModelFault.BEFORE : ModelFault.AFTER;
  }

  String anyKey() {
    return "k" + random.nextInt(KEYS);
  }

  Temper temper(long offset) {
    return mended ? new Temper(Temper.Kind.FINE, 0) : tempers.get((int) offset);
  }

  /** Lets so much happen. */
  void run(int count) {
    for (int i = 0; i < count; i++) {
      step();
    }
  }

  private void step() {
    int chosen = random.nextInt(steps.stream().mapToInt(Step::weight).sum());
    int i = 0;
    while (chosen >= steps.get(i).weight) {
      chosen -= steps.get(i).weight;
      i++;
    }
    steps.get(i).action.run();
    requireNoViolation();
  }

  /** A promise is broken: the story ends as soon as nothing can hide it. */
  void violated(Throwable broken) {
    if (violation.isEmpty()) {
      violation = Optional.of(broken);
    }
  }

  private void requireNoViolation() {
    violation.ifPresent(
        broken -> {
          throw new AssertionError(broken.getMessage(), broken);
        });
  }

  boolean mayNest() {
    return nested < MAX_NESTED;
  }

  /** Lets something happen while a handler runs. */
  void meanwhile() {
    nested++;
    int count = random.nextInt(random.nextInt(4) == 0 ? 20 : 4);
    for (int i = 0; i < count; i++) {
      if (healed) {
        goOn();
      } else {
        step();
      }
    }
    nested--;
  }

  private void publish() {
    List<LogMessage> messages = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0 && tempers.size() < MAX_MESSAGES; i--) {
      Temper temper = Temper.any(random);
      LogMessage message = message();
      tempers.add(temper);
      messages.add(message);
      if (told != null) {
        told.add(
            "published %d: %s, %s, %s"
                .formatted(tempers.size() - 1, message.key(), temper, message.times()));
      }
    }
    if (!messages.isEmpty()) {
      topic.append(messages, clock.millis());
    }
  }

  private LogMessage message() {
    try {
      PayloadCodec.Encoded text = codec.encode("text");
      long notBefore = random.nextInt(10) == 0 ? clock.millis() + random.nextInt(200) : 0;
      long notAfter = random.nextInt(10) == 0 ? clock.millis() + random.nextInt(400) : 0;
      return new LogMessage(
          anyKey(),
          "",
          Map.of(),
          text.serializerId(),
          text.manifest(),
          text.payload(),
          new LogMessage.Times(notBefore, notAfter));
    } catch (java.io.NotSerializableException e) {
      throw new IllegalStateException(e);
    }
  }

  ModelLife current() {
    return lives.get(lives.size() - 1);
  }

  boolean isCurrent(ModelLife life) {
    return life == current() && !life.isOver();
  }

  private void start() {
    lives.removeIf(ModelLife::isGone);
    lives.add(new ModelLife(this, "life " + ++livesBegun));
    tell(current(), "begins");
  }

  private void ensureAlive() {
    if (current().isOver()) {
      start();
    }
  }

  /** A successor begins while the current worker lives on. */
  private void replace() {
    if (!current().isOver()) {
      mark(FailureMark.LIVED_ON);
      start();
    }
  }

  void crash(ModelLife life) {
    if (!life.isDead()) {
      mark(FailureMark.CRASHED);
      tell(life, "crashes");
      life.crash();
    }
  }

  private void stop() {
    ModelLife life = current();
    tell(life, "is to stop");
    life.inTurn(life.core()::stop);
  }

  void ended(ModelLife life, WorkerCore.End end) {
    if (end instanceof WorkerCore.Stopped) {
      mark(FailureMark.STOPPED);
    } else if (end instanceof WorkerCore.WasReset) {
      mark(FailureMark.RESET);
    }
    if (!(end instanceof WorkerCore.Failed) && !life.hasFailed()) {
      ledger.endedInOrder(life);
    }
  }

  private boolean goOn() {
    return (random.nextInt(5) == 0 ? any(lives) : current()).step();
  }

  /** Ends all faults, then what ails the messages, and lets everything come to its end. */
  void drain() {
    healed = true;
    for (int round = 0; round < 2_000 && !isDone(); round++) {
      drainRound(round);
    }
    mended = true;
    for (int round = 0; !isDone(); round++) {
      assertThat(round)
          .as(() -> "rounds to drain" + ledger.describe(current()) + "; " + current().describe())
          .isLessThan(MAX_ROUNDS);
      drainRound(round);
      if (round % 200 == 0) {
        giveOrders();
      }
    }
    ledger.check(current());
  }

  private void drainRound(int round) {
    ensureAlive();
    boolean acted = goOn();
    requireNoViolation();
    if (!acted && round % 5 == 0) {
      clock.pass(10);
    }
  }

  private void giveOrders() {
    operator.resume();
    if (operator.awaitsReset()) {
      operator.reset();
    }
    if (random.nextInt(3) == 0) {
      operator.discard();
    } else {
      operator.redrive();
    }
  }

  private boolean isDone() {
    ModelLife life = current();
    return !life.isOver()
        && !operator.awaitsReset()
        && life.isCaughtUp()
        && life.core().book().failures().letters().isEmpty()
        && life.core().book().failures().heldMessages() == 0
        && life.core().book().isDurable()
        && ledger.isSettled(life);
  }
}
