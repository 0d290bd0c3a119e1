package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.internal.cursor.Generation;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.worker.WorkerEnd;
import org.perille.internal.worker.WorkerEvent;
import org.perille.proof.database.DatabaseFault;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.World;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;
import org.perille.testkit.history.Phase;

/**
 * A subscription in one partition, made of the real decisions.
 *
 * <p>Storage, executors, time, the handler and the order of all steps are chosen at random. Each
 * seed makes one scenario.
 */
final class Simulation implements World.Scenario {
  private static final int KEYS = 4;
  private static final int MAX_MESSAGES = 60;

  /** The parts of a text that differ between two runs of the same scenario. */
  private static final Pattern IDENTITY = Pattern.compile("@[0-9a-f]{4,}|#-?[0-9]+(?=])");

  /** The limit by which an operator sets the clock, forwards or back. */
  private static final int MOST_MILLIS_SET = 5_000;

  /** The number of messages published after healing, enough for batches of several messages. */
  private static final int PUBLISHED_AFTERWARDS = 6;

  /** The maximum number of handlers that wait for one another on one stack. */
  private static final int MAX_NESTED = 3;

  /** The possible factors on the frequency of a step. */
  private static final int[] TIMES = {0, 1, 1, 4};

  /** The possible numbers of writes per fault. A fault prevents the write, or loses its answer. */
  private static final int[] WRITES_PER_FAULT = {60, 60, 15};

  /** The possible numbers of turns per turn of any run. All other turns are the current run's. */
  private static final int[] TURNS_PER_OTHER = {5, 5, 2};

  /** A limit far above the number of steps that a healthy scenario needs. */
  private static final int MAX_INVOCATIONS = 60_000;

  /** The number of other database calls per commit. Each of them fails that much less often. */
  private static final int CALLS_PER_WRITE = 4;

  /** The number of database calls per slow one. */
  private static final int CALLS_PER_PAUSE = 8;

  private record Step(int weight, Runnable action) {}

  private final Choices random;
  private final ActorSystem<?> system;
  private final RunRecorder recorder;
  private final Setup setup;
  private final FeedSetup feeds;
  private final ModelClock clock = new ModelClock();
  private final ModelTopic topic = new ModelTopic(this);
  private final ModelNetwork network = new ModelNetwork(this);
  private final List<ModelPublisher> publishers =
      List.of(new ModelPublisher(this, "a"), new ModelPublisher(this, "b"));
  private final List<LogMessage> unknown = new ArrayList<>();
  private final ModelStorage storage;
  private final EffectStore effects;
  private final Optional<StoredJournal> journal;
  private final Ledger ledger = new Ledger(this);
  private final LongestWaits waits;
  private final ModelOperator operator = new ModelOperator(this);
  private final PayloadCodec<String> codec;
  private final List<HandlerBehavior> tempers = new ArrayList<>();

  /** The period of the clocks in which each message was made. */
  private final List<Integer> madeIn = new ArrayList<>();

  private final List<ModelWorkerRun> workerRuns = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private Optional<Throwable> violation = Optional.empty();
  private Optional<PartitionSnapshot> partitionSnapshot = Optional.empty();
  private final int writesPerFault;
  private final int turnsPerOther;
  private int totalWeight;
  private int workerRunsBegun;
  private int nested;
  private final Set<Long> skipped = new HashSet<>();
  private long generations;
  private boolean healed;
  private boolean repaired;

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
    this.writesPerFault = WRITES_PER_FAULT[random.nextInt(WRITES_PER_FAULT.length)];
    this.turnsPerOther = TURNS_PER_OTHER[random.nextInt(TURNS_PER_OTHER.length)];
    this.storage = new ModelStorage(system);
    this.waits = new LongestWaits(this);
    this.codec = new PayloadCodec<>(system, String.class);
    record(at -> Operation.SubscriptionDeclared.of(at, setup.subscription()));
    tell(setup);
    tell(feeds);
    this.effects = stored ? new JdbcEffects(this) : new ModelEffects(this);
    this.journal = stored ? Optional.of(new StoredJournal(this)) : Optional.empty();
    topic.start();
    start();
    defineSteps();
    if (stored) {
      defineStorageSteps();
    }
  }

  private void defineSteps() {
    int faults = random.nextInt(4);
    int resets = random.nextInt(4) == 0 ? 4 : 0;
    steps.add(new Step(60, this::publish));
    steps.add(new Step(300, this::stepOfPartition));
    steps.add(new Step(300, () -> deliver(faults > 0 && random.nextInt(20) == 0)));
    steps.add(new Step(20, () -> any(publishers).repeat()));
    steps.add(new Step(10, () -> any(publishers).expire()));
    steps.add(new Step(30, this::ensurePartition));
    steps.add(new Step(2, () -> anyPartition().checkFencing()));
    steps.add(new Step(1000, this::goOn));
    steps.add(new Step(60, this::ensureAlive));
    steps.add(new Step(60, () -> clock.pass(random.nextInt(60))));
    mayBe(5, this::snapshotPartition);
    mayBe(8 * faults, network::lose);
    mayBe(4 * faults, this::setClock);
    mayBe(4 * faults, this::setClockOfPartition);
    mayBe(3 * faults, this::setClockOfNode);
    mayBe(3 * faults, this::crashPartition);
    mayBe(2 * faults, this::replacePartition);
    mayBe(2 * faults, this::crashPublisher);
    mayBe(10, () -> storage.takeSnapshot(random));
    mayBe(15, operator::redrive);
    mayBe(10, operator::discard);
    mayBe(4, operator::repeatOrder);
    mayBe(6, operator::pauseOrResume);
    mayBe(30, operator::awaitFinished);
    mayBe(resets, operator::reset);
    mayBe(5, () -> any(workerRuns).missDeadlines());
    mayBe(4, this::stop);
    mayBe(5 * faults, () -> crash(any(workerRuns)));
    mayBe(3 * faults, this::replace);
    totalWeight = steps.stream().mapToInt(Step::weight).sum();
  }

  private void stepOfPartition() {
    ModelPartition partition = anyPartition();
    if (random.nextBoolean() || !partition.stepOfFeed()) {
      boolean unused = partition.step();
    }
  }

  private void deliver(boolean keep) {
    if (random.nextInt(10) >= feeds.messagesOfTen() || !network.deliverOfFeeds()) {
      boolean unused = network.deliver(keep);
    }
  }

  private void defineStorageSteps() {
    StoredJournal stored = journal.orElseThrow();
    steps.add(new Step(300, stored::step));
    mayBe(30, stored::storeOfNeighbours);
    mayBe(20, effects::pass);
    mayBe(2, effects::fail);
    mayBe(2, stored::failOver);
    mayBe(2, this::crashNode);
    totalWeight = steps.stream().mapToInt(Step::weight).sum();
  }

  /**
   * Adds a step that some scenarios don't have, and others have often.
   *
   * <p>Such scenarios find more than scenarios that are all alike (Groce and others, "Swarm
   * Testing", ISSTA 2012).
   */
  private void mayBe(int weight, Runnable action) {
    int times = TIMES[random.nextInt(TIMES.length)];
    steps.add(new Step(times * weight, action));
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

  Setup setup() {
    return setup;
  }

  FeedSetup feeds() {
    return feeds;
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

  /** Returns the partition's journal. Empty if the journal is only modelled. */
  Optional<StoredJournal> journal() {
    return journal;
  }

  EffectStore effects() {
    return effects;
  }

  /** Returns whether a successor would know where the subscription began. */
  boolean hasBegun() {
    return effects.cursor().isPresent() || storage.hasBegun();
  }

  Ledger ledger() {
    return ledger;
  }

  LongestWaits waits() {
    return waits;
  }

  /** Returns the period of the clocks in which the message at an offset was made. */
  int madeIn(long offset) {
    return madeIn.get(Integer.parseInt(topic.value(offset)));
  }

  ModelOperator operator() {
    return operator;
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

  ModelNetwork network() {
    return network;
  }

  /** Returns a run of the partition that may receive a request: mostly the current one. */
  ModelPartition anyPartition() {
    return random.nextInt(10) < 8 ? topic.current() : any(topic.runs());
  }

  private void ensurePartition() {
    if (topic.current().isDead()) {
      topic.start();
    }
  }

  private void snapshotPartition() {
    any(topic.runs())
        .takeSnapshot()
        .filter(
            taken -> partitionSnapshot.map(s -> s.nextOffset() <= taken.nextOffset()).orElse(true))
        .ifPresent(taken -> partitionSnapshot = Optional.of(taken));
  }

  /** Returns the snapshot that the partition has stored beside its journal. */
  Optional<PartitionSnapshot> partitionSnapshot() {
    return partitionSnapshot;
  }

  private void crashPartition() {
    ModelPartition partition = any(topic.runs());
    if (!partition.isDead()) {
      mark(Mark.PARTITION_CRASHED);
      recorder.fault(DeliveryFaults.PARTITION_CRASHES, partition.phase());
      tell(partition, "crashes");
      partition.crash();
    }
  }

  /** Crashes a process with all its partitions. */
  private void crashNode() {
    Optional<JournalNode> node = any(topic.runs()).node().filter(alive -> !alive.isDead());
    node.ifPresent(
        process -> {
          mark(StorageMark.NODE_CRASHED);
          tell("a node crashes");
          process.crash();
          topic.runs().stream()
              .filter(partition -> partition.isOn(process) && !partition.isDead())
              .forEach(
                  partition -> {
                    recorder.fault(DeliveryFaults.PARTITION_CRASHES, partition.phase());
                    partition.crash();
                  });
        });
  }

  /** Starts the partition elsewhere while the current run continues. */
  private void replacePartition() {
    if (!topic.current().isDead()) {
      mark(Mark.PARTITION_LIVED_ON);
      recorder.fault(DeliveryFaults.REPLACED_PARTITION_CONTINUES, topic.current().phase());
      topic.start();
    }
  }

  private void setClock() {
    mark(Mark.CLOCK_JUMPED);
    clock.jump(random.nextInt(2 * MOST_MILLIS_SET) - MOST_MILLIS_SET);
  }

  /** Sets the clock of one node. The clock may be wrong by days until it is set again. */
  private void setClockOfPartition() {
    mark(Mark.CLOCK_WRONG_BY_DAYS);
    int days = random.nextInt(7) - 3;
    any(topic.runs()).setClock(TimeUnit.DAYS.toMillis(days));
  }

  /** Sets the clock of a node with workers, or corrects it. */
  private void setClockOfNode() {
    NodeClock node = any(clock.nodes());
    int days = random.nextBoolean() ? 0 : random.nextInt(7) - 3;
    if (days != 0) {
      mark(days > 0 ? Mark.WORKER_CLOCK_AHEAD : Mark.WORKER_CLOCK_BEHIND);
    } else if (node.wrongByMillis() != 0) {
      mark(Mark.WORKER_CLOCK_CORRECTED);
    }
    tell("node", clock.nodes().indexOf(node), "has a clock that is wrong by", days, "days");
    node.set(TimeUnit.DAYS.toMillis(days));
  }

  /** Returns the clock of a node for a new run of the worker. */
  NodeClock anyNodeClock() {
    return any(clock.nodes());
  }

  private void crashPublisher() {
    mark(Mark.PUBLISHER_CRASHED);
    any(publishers).crash();
  }

  /** Records the outcome of a publish. Messages of unknown outcome can be published again. */
  void published(LogMessage message, Outcome outcome) {
    if (outcome == Outcome.UNKNOWN && !message.id().isEmpty()) {
      unknown.add(message);
    }
  }

  long newCall() {
    return recorder.newCall();
  }

  /** Adds an operation to the history. */
  void record(LongFunction<Operation> operation) {
    recorder.record(operation);
  }

  /**
   * Records the messages of a key that the worker may have skipped, once it delivers a later one.
   */
  void noteSkipped(String key, long before) {
    for (LogEntry entry : topic.entries()) {
      if (entry.offset() >= before) {
        return;
      }
      if (entry.message().key().equals(key) && ledger.mayBeSkipped(entry)) {
        noteSkipped(entry.offset());
      }
    }
  }

  /** Records the messages that a reset has passed over. */
  void notePassedOver(Generation generation) {
    if (generation.number() > generations) {
      generations = generation.number();
      for (long offset = 0; offset < Math.min(generation.start(), topic.end()); offset++) {
        noteSkipped(offset);
      }
    }
  }

  private void noteSkipped(long offset) {
    if (skipped.add(offset)) {
      record(at -> new Operation.Skipped(at, setup.subscription().name(), 0, offset));
    }
  }

  int workerRunsBegun() {
    return workerRunsBegun;
  }

  /** Returns the record of an effect that exists. */
  Operation effectFound(long at, long offset, long epoch) {
    return new Operation.EffectFound(
        at,
        at,
        setup.subscription().name(),
        topic.id().partition(),
        offset,
        topic.entries().get((int) offset).message().key(),
        topic.value(offset),
        epoch);
  }

  /** Records durable failure events in the history. */
  void noteChanges(List<FailureEvent> changes) {
    for (FailureEvent change : changes) {
      if (change instanceof FailureEvent.GivenUp givenUp) {
        record(
            at ->
                new Operation.DeadLettered(
                    at, setup.subscription().name(), 0, givenUp.position().offset()));
      } else if (change instanceof FailureEvent.Redriven redriven) {
        redriven
            .offsets()
            .forEach(
                offset ->
                    record(
                        at -> new Operation.Redriven(at, setup.subscription().name(), 0, offset)));
      } else if (change instanceof FailureEvent.Discarded discarded) {
        discarded
            .offsets()
            .forEach(
                offset ->
                    record(
                        at -> new Operation.Discarded(at, setup.subscription().name(), 0, offset)));
      }
    }
  }

  /** Records the final contents of the partition, and the effects. */
  private void readAll() {
    String subscription = setup.subscription().name();
    effects.readEffects();
    record(at -> new Operation.EffectsRead(at, subscription));
    for (LogEntry entry : topic.entries()) {
      if (ledger.mayBeSkipped(entry)) {
        noteSkipped(entry.offset());
      }
      record(
          at ->
              new Operation.MessageRead(
                  at,
                  "reader",
                  topic.id().topic(),
                  0,
                  entry.offset(),
                  entry.message().key(),
                  topic.value(entry.offset()),
                  entry.message().id()));
    }
    record(at -> new Operation.LogRead(at, "reader", topic.id().topic(), 0, topic.end()));
    record(Operation.Ended::new);
  }

  /** Records the fault of a write, if it had one. */
  void noteFault(FaultKind kind, ModelFault fault, boolean stored) {
    if (fault == ModelFault.AFTER && stored) {
      recorder.fault(kind, Phase.AFTER_WRITE);
    } else if (fault == ModelFault.BEFORE) {
      recorder.fault(kind, Phase.BEFORE_WRITE);
    }
  }

  ModelFault fault() {
    return healed || random.nextInt(writesPerFault) > 0
        ? ModelFault.NONE
        : random.nextBoolean() ? ModelFault.BEFORE : ModelFault.AFTER;
  }

  /** Returns whether a database call of a process fails now. */
  boolean databaseFails(DatabaseFault fault) {
    int calls = fault.isOfCommit() ? 1 : CALLS_PER_WRITE;
    return !healed && random.nextInt(calls * writesPerFault) == 0;
  }

  /** Records a fault of a worker's database. */
  void databaseFault(DatabaseFault fault, ModelWorkerRun workerRun) {
    tell(workerRun, "meets", fault);
    recorder.fault(StorageFaults.of(fault), StorageFaults.phase(fault, workerRun));
  }

  /**
   * Lets others act while a worker's thread waits for its database.
   *
   * @param locked whether other threads of the worker would have to wait for this one
   */
  void pause(ModelWorkerRun workerRun, boolean locked) {
    if (mayNest() && random.nextInt(CALLS_PER_PAUSE) == 0) {
      boolean before = workerRun.movesCursor();
      workerRun.movesCursor(before || locked);
      meanwhile();
      workerRun.movesCursor(before);
    }
  }

  /** Lets others act while a thread that isn't a worker's waits for its database. */
  void pause() {
    if (mayNest() && random.nextInt(CALLS_PER_PAUSE) == 0) {
      meanwhile();
    }
  }

  /** Records a fault of a journal's database. */
  void journalFault(DatabaseFault fault) {
    tell("the journal meets", fault);
    recorder.fault(
        StorageFaults.ofJournal(fault),
        fault == DatabaseFault.COMMIT_UNANSWERED ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE);
  }

  /** Logs an event, if the recorder is verbose. */
  void tell(Object... words) {
    if (recorder.verbose()) {
      String what = Stream.of(words).map(String::valueOf).collect(Collectors.joining(" "));
      String same = IDENTITY.matcher(what).replaceAll("");
      recorder.tell(clock.millis() + " " + "  ".repeat(nested) + same);
    }
  }

  String anyKey() {
    return "k" + random.nextInt(KEYS);
  }

  /** Returns all keys. */
  List<String> keys() {
    return IntStream.range(0, KEYS).mapToObj(number -> "k" + number).toList();
  }

  HandlerBehavior temper(long offset) {
    return repaired
        ? new HandlerBehavior(HandlerBehavior.Kind.FINE, 0)
        : tempers.get(Integer.parseInt(topic.value(offset)));
  }

  @Override
  public void run(int count) {
    for (int i = 0; i < count; i++) {
      step();
    }
  }

  private void step() {
    int chosen = random.nextInt(totalWeight);
    int i = 0;
    while (chosen >= steps.get(i).weight) {
      chosen -= steps.get(i).weight;
      i++;
    }
    steps.get(i).action.run();
    requireNoViolation();
  }

  /** Records a violation. The scenario fails as soon as no code under test can catch the error. */
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

  /** Returns whether faults no longer happen. */
  boolean isHealed() {
    return healed;
  }

  boolean mayNest() {
    return nested < MAX_NESTED;
  }

  /** Takes random steps while a handler runs. */
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
    if (!unknown.isEmpty() && random.nextInt(4) == 0) {
      publish(unknown.remove(random.nextInt(unknown.size())));
    } else if (tempers.size() < MAX_MESSAGES) {
      for (int i = random.nextInt(3); i >= 0 && tempers.size() < MAX_MESSAGES; i--) {
        tempers.add(HandlerBehavior.any(random));
        madeIn.add(clock.period());
        publish(message(tempers.size() - 1));
      }
    }
  }

  private void publish(LogMessage message) {
    tell(
        "publishes",
        message.payload().toStringUtf8(),
        "of",
        message.key(),
        "as '" + message.id() + "',",
        tempers.get(Integer.parseInt(message.payload().toStringUtf8())),
        message.times());
    any(publishers).publish(message);
  }

  private LogMessage message(int number) {
    try {
      PayloadCodec.Encoded text = codec.encode(Integer.toString(number));
      long notBefore = random.nextInt(10) == 9 ? clock.millis() + random.nextInt(200) : 0;
      long notAfter =
          random.nextInt(100) < setup.expiring() ? clock.millis() + random.nextInt(400) : 0;
      return new LogMessage(
          anyKey(),
          random.nextBoolean() ? "id " + number : "",
          Map.of(),
          text.serializerId(),
          text.manifest(),
          text.payload(),
          new LogMessage.Times(notBefore, notAfter));
    } catch (java.io.NotSerializableException e) {
      throw new IllegalStateException(e);
    }
  }

  ModelWorkerRun current() {
    return workerRuns.get(workerRuns.size() - 1);
  }

  boolean isCurrent(ModelWorkerRun workerRun) {
    return workerRun == current() && !workerRun.isOver();
  }

  private void start() {
    Optional<NodeClock> before =
        workerRuns.isEmpty() ? Optional.empty() : Optional.of(current().clock());
    workerRuns.removeIf(ModelWorkerRun::isGone);
    workerRuns.add(new ModelWorkerRun(this, ++workerRunsBegun));
    if (before.filter(c -> c.wrongByMillis() != current().clock().wrongByMillis()).isPresent()) {
      mark(Mark.SUCCESSOR_HAS_OTHER_CLOCK);
    }
    tell(current(), "begins");
    operator.askAgain();
  }

  private void ensureAlive() {
    if (current().isOver()) {
      start();
    }
  }

  /** Starts a successor while the current worker continues. */
  private void replace() {
    if (!current().isOver()) {
      mark(Mark.LIVED_ON);
      recorder.fault(DeliveryFaults.REPLACED_WORKER_CONTINUES, current().phase());
      start();
    }
  }

  void crash(ModelWorkerRun workerRun) {
    if (!workerRun.isDead()) {
      mark(Mark.CRASHED);
      recorder.fault(DeliveryFaults.WORKER_CRASHES, workerRun.phase());
      tell(workerRun, "crashes");
      workerRun.crash();
    }
  }

  private void stop() {
    ModelWorkerRun workerRun = current();
    tell(workerRun, "is to stop");
    workerRun.inTurn(WorkerEvent.StopRequested.INSTANCE);
  }

  void ended(ModelWorkerRun workerRun, WorkerEnd end) {
    if (end instanceof WorkerEnd.Stopped) {
      mark(Mark.STOPPED);
    } else if (end instanceof WorkerEnd.WasReset) {
      mark(Mark.RESET);
    }
    if (!(end instanceof WorkerEnd.Failed) && !workerRun.hasFailed()) {
      ledger.endedInOrder(workerRun);
    }
  }

  private boolean goOn() {
    return (random.nextInt(turnsPerOther) == 0 ? any(workerRuns) : current()).step();
  }

  /** Ends all faults, later also the failures of handlers, and lets everything finish. */
  @Override
  public void drain() {
    healed = true;
    clock.nodes().forEach(node -> node.set(0));
    effects.heal();
    journal.ifPresent(StoredJournal::heal);
    record(Operation.Healed::new);
    for (int i = 0; i < PUBLISHED_AFTERWARDS; i++) {
      tempers.add(new HandlerBehavior(HandlerBehavior.Kind.FINE, 0));
      madeIn.add(clock.period());
      publish(message(tempers.size() - 1));
    }
    for (int invocation = 0; invocation < 2_000 && !isDone(); invocation++) {
      drainInvocation(invocation);
    }
    repaired = true;
    for (int invocation = 0; !isDone(); invocation++) {
      assertThat(invocation)
          .as(() -> "rounds to drain" + ledger.describe(current()) + "; " + current().describe())
          .isLessThan(MAX_INVOCATIONS);
      drainInvocation(invocation);
      if (invocation % 200 == 0) {
        giveOrders();
      }
    }
    ledger.check(current());
    journal.ifPresent(StoredJournal::check);
    readAll();
  }

  private void drainInvocation(int invocation) {
    ensureAlive();
    ensurePartition();
    boolean acted = goOn();
    acted |= topic.runs().stream().anyMatch(ModelPartition::step);
    acted |= network.deliver(false);
    acted |= network.deliverOfFeeds();
    acted |= topic.runs().stream().anyMatch(ModelPartition::stepOfFeed);
    acted |= journal.isPresent() && journal.get().step();
    if (invocation % 10 == 0) {
      publishers.forEach(ModelPublisher::repeat);
      topic.runs().forEach(ModelPartition::checkFencing);
    }
    requireNoViolation();
    if (!acted && invocation % 5 == 0) {
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
    ModelWorkerRun workerRun = current();
    return !workerRun.isOver()
        && network.isEmpty()
        && publishers.stream().allMatch(ModelPublisher::isIdle)
        && topic.runs().stream().allMatch(ModelPartition::isIdle)
        && topic.current().isActive()
        && journal.map(StoredJournal::isIdle).orElse(true)
        && !operator.awaitsReset()
        && workerRun.isCaughtUp()
        && workerRun.core().failures().letters().isEmpty()
        && workerRun.core().failures().deferred().size() == 0
        && workerRun.core().areFailuresDurable()
        && ledger.isSettled(workerRun);
  }
}
