package org.perille.proof.chain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.perille.Guarantee;
import org.perille.OnExhausted;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.Generation;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.KeyBehavior;
import org.perille.internal.effect.KeyIds;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Operation;

/** A subscription in one partition: its durable progress, its workers, and its history. */
final class ModelSubscription {
  /**
   * The range of effect versions of a generation, longer than any history.
   *
   * <p>A worker may still write to a generation after a reset. Its effects then count as older than
   * those of the next generation, and are ignored.
   */
  private static final long GENERATION = 1L << 40;

  /**
   * The durable writes of progress. Each starts an epoch or moves the cursor; its entry doesn't say
   * which.
   */
  private final List<ModelProgress> progress = new ArrayList<>();

  private final String name;
  private final ModelPartition source;
  private final Relay relay;
  private final boolean parks;
  private final KeyBehavior<String> logic;
  private final ModelKeyStore store;
  private final RunRecorder recorder;
  private final List<ModelWorker> workers = new ArrayList<>();
  private final NavigableMap<Long, Generation> generations = new TreeMap<>();
  private final Map<Long, Integer> seriesOf = new TreeMap<>();
  private final Map<Long, OffsetSet> handled = new TreeMap<>();
  private final Map<Long, LongPredicate> keptSuppressed = new TreeMap<>();
  private final Map<Long, Set<Long>> keptLetters = new TreeMap<>();
  private final Set<Long> everDeferred = new HashSet<>();
  private int series;
  private int resetsThatLeftOut;

  ModelSubscription(
      String name,
      ModelPartition source,
      Relay relay,
      boolean parks,
      ModelKeyStore store,
      RunRecorder recorder) {
    this.name = name;
    this.source = source;
    this.relay = relay;
    this.parks = parks;
    this.logic = KeyBehavior.of(relay);
    this.store = store;
    this.recorder = recorder;
    progress.add(ModelProgress.beginning());
    declare(name);
    declare(passedOn());
  }

  String name() {
    return name;
  }

  ModelPartition source() {
    return source;
  }

  Relay relay() {
    return relay;
  }

  /** Returns whether a key's messages wait behind its dead letters. */
  boolean parks() {
    return parks;
  }

  KeyBehavior<String> logic() {
    return logic;
  }

  RunRecorder recorder() {
    return recorder;
  }

  /** Prints an event of this subscription, if the run is verbose. */
  void tell(Object... words) {
    if (recorder.verbose()) {
      recorder.tell(
          Stream.concat(Stream.of(name, "of", source.id() + ":"), Stream.of(words)).toArray());
    }
  }

  private void declare(String subscription) {
    recorder.record(
        at ->
            new Operation.SubscriptionDeclared(
                at,
                subscription,
                source.id().topic(),
                Guarantee.EFFECTIVELY_ONCE,
                subscription.equals(name),
                true,
                parks ? OnExhausted.PARK_KEY : OnExhausted.CONTINUE));
  }

  /**
   * Returns the name of another subscription that stands for the published messages in the history.
   *
   * <p>The checks treat these messages like effects: all of them must exist, each once.
   */
  String passedOn() {
    return name + "-passed-on";
  }

  ModelKeyStore store() {
    return store;
  }

  KeyIds keyIds(long generation) {
    return new KeyIds(source.id(), name, generation);
  }

  /**
   * Returns the id that distinguishes the messages that it publishes from those of other producers.
   */
  String producer(long publication) {
    return source.id().entityId() + "~" + name + "~" + publication;
  }

  boolean hasProducer(String producer) {
    return producer.startsWith(source.id().entityId() + "~" + name + "~");
  }

  static String text(LogEntry entry) {
    return entry.message().payload().toStringUtf8();
  }

  /** Returns the name of a message in the history. No two messages have the same name. */
  static String value(LogMessage message) {
    String text = message.payload().toStringUtf8();
    return message.origin().isPresent() ? text + "@" + message.id() : text;
  }

  /** Starts a new epoch, while workers of earlier epochs may continue. */
  void start(ModelNode node) {
    ModelProgress recovered = durable();
    progress.add(recovered);
    long epoch = progress.size();
    generations.put(epoch, recovered.cursor().generation());
    seriesOf.put(epoch, series);
    stored(epoch);
    recorder.record(at -> recovered(at, epoch, recovered.cursor()));
    workers.add(new ModelWorker(this, node, epoch, recovered));
    tell(current(), "begins with", recovered);
  }

  private Operation recovered(long at, long epoch, Cursor cursor) {
    List<Long> above = new ArrayList<>();
    for (OffsetSet.Range range : cursor.finished().above()) {
      for (long offset = range.from(); offset < range.to(); offset++) {
        above.add(offset);
      }
    }
    return new Operation.CursorRecovered(
        at, name, source.id().partition(), epoch, cursor.finished().below(), above);
  }

  private void stored(long epoch) {
    recorder.record(
        at ->
            new Operation.Stored(
                at, "cursor of " + name + " in " + source.id(), progress.size(), epoch));
  }

  /** Starts a new epoch if the current worker can't continue. */
  void ensureAlive(ModelNode node) {
    if (current().isEnding()) {
      start(node);
    }
  }

  private ModelProgress durable() {
    return progress.get(progress.size() - 1);
  }

  ModelWorker current() {
    return workers.get(workers.size() - 1);
  }

  /**
   * Returns the workers of all epochs, except for forgotten ones. The last one is the current one.
   */
  List<ModelWorker> workers() {
    return workers;
  }

  /**
   * Stores progress.
   *
   * @return false if another writer has taken over
   */
  boolean advance(ModelWorker worker, ModelProgress after) {
    if (progress.size() > worker.sequenceNumber()) {
      recorder.mark(Mark.CURSOR_WRITE_FENCED);
      return false;
    }
    everDeferred.addAll(after.deferred().keySet());
    noteLetters(durable(), after);
    progress.add(after);
    stored(worker.epoch());
    return true;
  }

  private void noteLetters(ModelProgress before, ModelProgress after) {
    after
        .deferred()
        .forEach(
            (offset, deferred) -> {
              boolean changed = !before.statusOf(offset).equals(after.statusOf(offset));
              if (changed && deferred.is(DeferredOne.Status.LETTER)) {
                note(at -> new Operation.DeadLettered(at, name, source.id().partition(), offset));
              } else if (changed && deferred.is(DeferredOne.Status.REDRIVEN)) {
                note(at -> new Operation.Redriven(at, name, source.id().partition(), offset));
              }
            });
  }

  private void note(LongFunction<Operation> operation) {
    recorder.record(operation);
  }

  /** Records durable effects in the history. */
  void committed(EffectsRecorded event) {
    event.handled().forEach(handled -> note(at -> found(at, handled.offset(), event)));
  }

  private Operation found(long at, long offset, EffectsRecorded event) {
    LogMessage message = source.entry(offset).message();
    return new Operation.EffectFound(
        at,
        generations.get(event.epoch()).number() * GENERATION + at,
        name,
        source.id().partition(),
        offset,
        message.key(),
        value(message),
        event.epoch());
  }

  /** Makes the current worker leave, and stores a new generation unless the fault prevents it. */
  void reset(long offset, boolean publishAgain, Fault fault) {
    ModelWorker worker = current();
    ModelProgress before = worker.progress();
    ModelProgress after = before.reset("reset " + progress.size(), offset, publishAgain);
    worker.leave();
    boolean stored = fault.stores() && advance(worker, after);
    fault.note(recorder, ChainFaults.RESET_WRITE, stored);
    if (stored) {
      tell(worker, "is reset to", offset, publishAgain ? "to publish again" : "");
      noteReset(before, after);
      noteHandled(before);
      if (publishAgain) {
        keptSuppressed.put(
            after.cursor().generation().publication(),
            passed -> passed < offset && before.isSilenced(passed));
      }
      keptLetters.put(after.cursor().generation().number(), after.deferred().keySet());
      recorder.mark(Mark.LETTER_KEPT, after.deferred().size());
      boolean isForward = offset > before.cursor().nextOffset();
      if (isForward) {
        recorder.mark(Mark.RESET_FORWARD);
      } else {
        recorder.mark(publishAgain ? Mark.PUBLICATION_REPEATED : Mark.RESET_BACK);
      }
      if (isForward || !before.deferred().isEmpty()) {
        resetsThatLeftOut++;
      }
      if (resetsThatLeftOut > 0) {
        series++;
      }
    }
  }

  /**
   * Records a reset, and the messages that it leaves out.
   *
   * <p>No worker returns to these unless another reset does. Dead letters that the generation keeps
   * may be handled once more, if a worker has handled them and its progress wasn't stored.
   */
  private void noteReset(ModelProgress before, ModelProgress after) {
    long start = after.cursor().generation().start();
    long again = after.deferred().isEmpty() ? start : Math.min(start, after.deferred().firstKey());
    OffsetSet handled = before.handled();
    for (String subscription : List.of(name, passedOn())) {
      note(at -> new Operation.ResetOrdered(at, subscription, again));
      for (long passed = 0; passed < Math.min(start, source.nextOffset()); passed++) {
        long offset = passed;
        if (!handled.contains(offset) && !after.deferred().containsKey(offset)) {
          note(at -> new Operation.Skipped(at, subscription, source.id().partition(), offset));
        }
      }
    }
  }

  private void noteHandled(ModelProgress noted) {
    handled.merge(noted.cursor().generation().publication(), noted.handled(), OffsetSet::union);
  }

  /** Returns the messages handled by the end of each publication. */
  Map<Long, OffsetSet> handled() {
    noteHandled(durable());
    return handled;
  }

  /**
   * Returns whether a message was handled before a publication that doesn't repeat its messages.
   */
  boolean isSuppressed(long publication, long offset) {
    return keptSuppressed.getOrDefault(publication, passed -> false).test(offset);
  }

  /** Returns the dead letters that a generation has taken over from the one before. */
  Set<Long> keptLetters(long generation) {
    return keptLetters.getOrDefault(generation, Set.of());
  }

  /** Returns the generation of each epoch. */
  NavigableMap<Long, Generation> generations() {
    return generations;
  }

  /**
   * Returns the series of an epoch. Epochs of one series publish in the order of the source.
   *
   * <p>A reset that leaves messages out starts a new series. So does each later reset, as it may
   * return to them.
   */
  int series(long epoch) {
    return seriesOf.get(epoch);
  }

  /** Returns the maximum number of messages for which a partition remembers what was published. */
  int maxRemembered() {
    return (1 + resetsThatLeftOut) * (ModelWorker.MAX_IN_FLIGHT + ModelWorker.MAX_NOT_DURABLE)
        + everDeferred.size();
  }

  boolean hasCaughtUp() {
    return !current().isEnding()
        && durable().cursor().nextOffset() == source.nextOffset()
        && durable().deferred().isEmpty();
  }

  /** Forgets the replaced workers that have nothing more under way. */
  void forgetIdleWorkers() {
    ModelWorker current = current();
    workers.removeIf(worker -> worker != current && worker.isEnding() && worker.isIdle());
  }
}
