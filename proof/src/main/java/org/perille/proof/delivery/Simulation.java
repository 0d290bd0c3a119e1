package org.perille.proof.delivery;

import java.util.Optional;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.World;
import org.perille.testkit.history.Operation;

/**
 * A subscription in one partition, made of the real decisions.
 *
 * <p>Storage, executors, time, the handler and the order of all steps are chosen at random. Each
 * seed makes one scenario.
 */
final class Simulation implements World.Scenario {
  /** The parts of a text that differ between two runs of the same scenario. */
  private static final Pattern IDENTITY = Pattern.compile("@[0-9a-f]{4,}|#-?[0-9]+(?=])");

  /** The maximum number of handlers that wait for one another on one stack. */
  private static final int MAX_NESTED = 3;

  /** The number of database calls per slow one. */
  private static final int CALLS_PER_PAUSE = 8;

  private final Choices random;
  private final ActorSystem<?> system;
  private final RunRecorder recorder;
  private final Setup setup;
  private final FeedSetup feeds;
  private final FaultInjector faults;
  private final ModelClock clock = new ModelClock();
  private final ModelTopic topic = new ModelTopic(this);
  private final ModelNetwork network = new ModelNetwork(this);
  private final Ledger ledger = new Ledger(this);
  private final ModelOperator operator = new ModelOperator(this);
  private final PartitionRuns partitions = new PartitionRuns(this);
  private final WorkerRuns workers;
  private final ModelApplication application;
  private final SubscriptionHistory history;
  private final ModelStorage storage;
  private final LongestWaits waits;
  private final EffectStore effects;
  private final Optional<StoredJournal> journal;
  private final DeliverySteps steps;
  private Optional<Throwable> violation = Optional.empty();
  private int nested;

  /**
   * Starts a scenario.
   *
   * @param stored whether effects are in a simulated database, rather than in a model of one
   */
  Simulation(Choices choices, ActorSystem<?> system, RunRecorder recorder, boolean stored) {
    this.random = choices;
    this.system = system;
    this.recorder = recorder;
    this.setup = stored ? Setup.withEffects(random) : Setup.any(random);
    this.feeds = FeedSetup.any(setup.maxBatch(), random);
    this.faults = new FaultInjector(this, recorder);
    this.workers = new WorkerRuns(this);
    this.application = new ModelApplication(this);
    this.history = new SubscriptionHistory(this);
    this.storage = new ModelStorage(system);
    this.waits = new LongestWaits(this);
    record(at -> Operation.SubscriptionDeclared.of(at, setup.subscription()));
    tell(setup);
    tell(feeds);
    this.effects = stored ? new JdbcEffects(this) : new ModelEffects(this);
    this.journal = stored ? Optional.of(new StoredJournal(this)) : Optional.empty();
    partitions.start();
    workers.start();
    this.steps = new DeliverySteps(this);
  }

  Choices random() {
    return random;
  }

  ActorSystem<?> system() {
    return system;
  }

  Setup setup() {
    return setup;
  }

  FeedSetup feeds() {
    return feeds;
  }

  FaultInjector faults() {
    return faults;
  }

  ModelClock clock() {
    return clock;
  }

  ModelTopic topic() {
    return topic;
  }

  ModelNetwork network() {
    return network;
  }

  PartitionRuns partitions() {
    return partitions;
  }

  WorkerRuns workers() {
    return workers;
  }

  ModelApplication application() {
    return application;
  }

  ModelOperator operator() {
    return operator;
  }

  ModelStorage storage() {
    return storage;
  }

  EffectStore effects() {
    return effects;
  }

  /** Returns the partition's journal. Empty if the journal is only modelled. */
  Optional<StoredJournal> journal() {
    return journal;
  }

  Ledger ledger() {
    return ledger;
  }

  LongestWaits waits() {
    return waits;
  }

  SubscriptionHistory history() {
    return history;
  }

  /** Adds an operation to the history. */
  void record(LongFunction<Operation> operation) {
    recorder.record(operation);
  }

  long newCall() {
    return recorder.newCall();
  }

  void mark(Enum<?> mark) {
    recorder.mark(mark);
  }

  /** Logs an event of a run, if the recorder is verbose. */
  void tell(ModelWorkerRun workerRun, Object... words) {
    if (recorder.verbose()) {
      tell(Stream.concat(Stream.of(workerRun + ":"), Stream.of(words)).toArray());
    }
  }

  /** Logs an event, if the recorder is verbose. */
  void tell(Object... words) {
    if (recorder.verbose()) {
      String what = Stream.of(words).map(String::valueOf).collect(Collectors.joining(" "));
      String same = IDENTITY.matcher(what).replaceAll("");
      recorder.tell(clock.millis() + " " + "  ".repeat(nested) + same);
    }
  }

  /** Records a violation. The scenario fails as soon as no code under test can catch the error. */
  void violated(Throwable broken) {
    if (violation.isEmpty()) {
      violation = Optional.of(broken);
    }
  }

  void requireNoViolation() {
    violation.ifPresent(
        broken -> {
          throw new AssertionError(broken.getMessage(), broken);
        });
  }

  boolean mayNest() {
    return nested < MAX_NESTED;
  }

  /** Takes random steps while a handler runs. */
  void meanwhile() {
    nested++;
    int count = random.nextInt(random.nextInt(4) == 0 ? 20 : 4);
    for (int i = 0; i < count; i++) {
      if (faults.isHealed()) {
        boolean unused = workers.step();
      } else {
        step();
      }
    }
    nested--;
  }

  /** Returns whether a database call is so slow that others act {@link #meanwhile}. */
  boolean isSlowCall() {
    return mayNest() && random.nextInt(CALLS_PER_PAUSE) == 0;
  }

  @Override
  public void run(int count) {
    for (int i = 0; i < count; i++) {
      step();
    }
  }

  private void step() {
    steps.takeAny();
    requireNoViolation();
  }

  /** Ends all faults, later also the failures of handlers, and lets everything finish. */
  @Override
  public void drain() {
    faults.heal();
    clock.nodes().forEach(node -> node.set(0));
    effects.heal();
    journal.ifPresent(StoredJournal::heal);
    record(Operation.Healed::new);
    new Drain(this).run();
    ledger.check(workers.current());
    journal.ifPresent(StoredJournal::check);
    history.readAll();
  }
}
