package org.perille.internal.subscribe;

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
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.wire.PayloadCodec;
import org.perille.proof.database.DatabaseFault;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.World;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;
import org.perille.testkit.history.Phase;

/**
 * A subscription in one partition, made of the real decisions. Storage, executors, time, the
 * handler and the order of everything are chosen at random, and each seed makes one scenario.
 */
final class Simulation implements World.Scenario {
  private static final int KEYS = 4;
  private static final int MAX_MESSAGES = 60;

  /** What differs between two runs of the same. */
  private static final Pattern IDENTITY = Pattern.compile("@[0-9a-f]{4,}|#-?[0-9]+(?=])");

  /** By so much an operator sets the clock, forwards or back. */
  private static final int MOST_MILLIS_SET = 5_000;

  /** Enough for batches of several messages. */
  private static final int PUBLISHED_AFTERWARDS = 6;

  /** Handlers that wait for one another on one stack, at the most. */
  private static final int MAX_NESTED = 3;

  /** How much more often than usual something may happen. */
  private static final int[] TIMES = {0, 1, 1, 4};

  /** Of so many writes one fails; or nobody learns that it hasn't. */
  private static final int[] WRITES_PER_FAULT = {60, 60, 15};

  /** Of so many turns one is for any run, and the others for the current one. */
  private static final int[] TURNS_PER_OTHER = {5, 5, 2};

  /** Far more than a scenario needs that is healthy. */
  private static final int MAX_INVOCATIONS = 60_000;

  /** Other calls of a database that may fail, for each commit. */
  private static final int CALLS_PER_WRITE = 4;

  /** Of so many calls of a database one takes long. */
  private static final int CALLS_PER_PAUSE = 8;

  private record Step(int weight, Runnable action) {}

  private final Choices random;
  private final ActorSystem<?> system;
  private final RunRecorder recorder;
  private final Setup setup;
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
  private final ModelOperator operator = new ModelOperator(this);
  private final PayloadCodec<String> codec;
  private final List<HandlerBehavior> tempers = new ArrayList<>();
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
   * Begins a scenario.
   *
   * @param stored whether effects are in a simulated database, rather than in a model of one
   */
  Simulation(Choices choices, ActorSystem<?> system, RunRecorder recorder, boolean stored) {
    this.random = choices;
    this.system = system;
    this.recorder = recorder;
    this.setup = stored ? Setup.withEffects(random) : Setup.any(random);
    this.writesPerFault = WRITES_PER_FAULT[random.nextInt(WRITES_PER_FAULT.length)];
    this.turnsPerOther = TURNS_PER_OTHER[random.nextInt(TURNS_PER_OTHER.length)];
    this.storage = new ModelStorage(system);
    this.codec = new PayloadCodec<>(system, String.class);
    record(at -> Operation.SubscriptionDeclared.of(at, setup.subscription()));
    tell(setup);
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
    steps.add(new Step(300, () -> anyPartition().step()));
    steps.add(new Step(300, () -> network.deliver(faults > 0 && random.nextInt(20) == 0)));
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
   * Something that some scenarios know nothing of, and others are full of: those find more than
   * scenarios which are all alike (Groce and others, "Swarm Testing", ISSTA 2012).
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

  ModelClock clock() {
    return clock;
  }

  ModelTopic topic() {
    return topic;
  }

  ModelStorage storage() {
    return storage;
  }

  /** The partition's journal, if it isn't modelled. */
  Optional<StoredJournal> journal() {
    return journal;
  }

  EffectStore effects() {
    return effects;
  }

  /** Returns whether a successor knows where the subscription began. */
  boolean hasBegun() {
    return effects.cursor().isPresent() || storage.hasBegun();
  }

  Ledger ledger() {
    return ledger;
  }

  ModelOperator operator() {
    return operator;
  }

  void mark(Enum<?> mark) {
    recorder.mark(mark);
  }

  /** Notes what happens to a run. */
  void tell(ModelWorkerRun workerRun, Object... words) {
    if (recorder.verbose()) {
      tell(Stream.concat(Stream.of(workerRun + ":"), Stream.of(words)).toArray());
    }
  }

  ModelNetwork network() {
    return network;
  }

  /** A partition that may be asked: mostly the current one. */
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

  /** What a partition has stored of itself beside its journal. */
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

  /** A process ends, with all partitions that it has. */
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

  /** A partition is started elsewhere while the current one continues. */
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

  /** Each node has a clock of its own, and any may be wrong by days until it is put right. */
  private void setClockOfPartition() {
    mark(Mark.CLOCK_WRONG_BY_DAYS);
    int days = random.nextInt(7) - 3;
    any(topic.runs()).setClock(TimeUnit.DAYS.toMillis(days));
  }

  private void crashPublisher() {
    mark(Mark.PUBLISHER_CRASHED);
    any(publishers).crash();
  }

  /** The outcome of a publish is known, or it is known that nobody knows. */
  void published(LogMessage message, Outcome outcome) {
    if (outcome == Outcome.UNKNOWN && !message.id().isEmpty()) {
      unknown.add(message);
    }
  }

  long newCall() {
    return recorder.newCall();
  }

  /** Adds to the history. */
  void record(LongFunction<Operation> operation) {
    recorder.record(operation);
  }

  /** Messages of a key that may have been skipped by now, as who is handed a later one can tell. */
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

  /** A reset has passed over what stands before a place. */
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

  /** An effect that is there. */
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

  /** It is durable what has become of messages. */
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

  /** Adds what is found when all is over. */
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

  /** A write has ended. */
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

  /** Returns whether what a process asks of its database now fails. */
  boolean databaseFails(DatabaseFault fault) {
    int calls = fault.isOfCommit() ? 1 : CALLS_PER_WRITE;
    return !healed && random.nextInt(calls * writesPerFault) == 0;
  }

  /** A database has failed a worker. */
  void databaseFault(DatabaseFault fault, ModelWorkerRun workerRun) {
    tell(workerRun, "meets", fault);
    recorder.fault(StorageFaults.of(fault), StorageFaults.phase(fault, workerRun));
  }

  /**
   * Lets others act while a worker's thread waits for its database.
   *
   * @param locked whether other threads of the worker would have to wait for it
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

  /** A database has failed a journal. */
  void journalFault(DatabaseFault fault) {
    tell("the journal meets", fault);
    recorder.fault(
        StorageFaults.ofJournal(fault),
        fault == DatabaseFault.COMMIT_UNANSWERED ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE);
  }

  /** Notes what happens. */
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

  /** All keys that there are. */
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

  /** A promise is broken: the scenario ends as soon as nothing can hide it. */
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

  /** Returns whether nothing new is to go wrong. */
  boolean isHealed() {
    return healed;
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
    if (!unknown.isEmpty() && random.nextInt(4) == 0) {
      publish(unknown.remove(random.nextInt(unknown.size())));
    } else if (tempers.size() < MAX_MESSAGES) {
      for (int i = random.nextInt(3); i >= 0 && tempers.size() < MAX_MESSAGES; i--) {
        tempers.add(HandlerBehavior.any(random));
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
    workerRuns.removeIf(ModelWorkerRun::isGone);
    workerRuns.add(new ModelWorkerRun(this, "run " + ++workerRunsBegun));
    tell(current(), "begins");
    operator.askAgain();
  }

  private void ensureAlive() {
    if (current().isOver()) {
      start();
    }
  }

  /** A successor begins while the current worker continues. */
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

  /** Ends all faults, then what ails the messages, and lets everything come to its end. */
  @Override
  public void drain() {
    healed = true;
    effects.heal();
    journal.ifPresent(StoredJournal::heal);
    record(Operation.Healed::new);
    for (int i = 0; i < PUBLISHED_AFTERWARDS; i++) {
      tempers.add(new HandlerBehavior(HandlerBehavior.Kind.FINE, 0));
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
        && workerRun.core().failures().deferredMessages() == 0
        && workerRun.core().areFailuresDurable()
        && ledger.isSettled(workerRun);
  }
}
