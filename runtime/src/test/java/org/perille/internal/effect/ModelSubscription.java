package org.perille.internal.effect;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.subscribe.Generation;

/** A subscription in one partition: its durable progress, its workers, and its history. */
final class ModelSubscription {
  /** Begins an incarnation, or moves the cursor; the latter isn't known of the former. */
  private final List<ModelProgress> progress = new ArrayList<>();

  private final String name;
  private final ModelPartition source;
  private final Relay relay;
  private final boolean parks;
  private final KeyLogic<String> logic;
  private final ModelKeyStore store;
  private final Mark.Tally marks;
  private final List<ModelWorker> workers = new ArrayList<>();
  private final NavigableMap<Long, Generation> generations = new TreeMap<>();
  private final Map<Long, Integer> epochs = new TreeMap<>();
  private final Map<Long, OffsetSet> handled = new TreeMap<>();
  private final Map<Long, LongPredicate> keptSilent = new TreeMap<>();
  private final Map<Long, Set<Long>> keptLetters = new TreeMap<>();
  private final Set<Long> everAside = new HashSet<>();
  private int epoch;
  private int resetsThatLeftOut;

  ModelSubscription(
      String name,
      ModelPartition source,
      Relay relay,
      boolean parks,
      ModelKeyStore store,
      Mark.Tally marks) {
    this.name = name;
    this.source = source;
    this.relay = relay;
    this.parks = parks;
    this.logic = KeyLogic.of(relay);
    this.store = store;
    this.marks = marks;
    progress.add(ModelProgress.beginning());
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

  /** Whether a key's messages wait behind its dead letters. */
  boolean parks() {
    return parks;
  }

  KeyLogic<String> logic() {
    return logic;
  }

  Mark.Tally marks() {
    return marks;
  }

  ModelKeyStore store() {
    return store;
  }

  KeyIds keyIds(long generation) {
    return new KeyIds(source.id(), name, generation);
  }

  /** What it publishes is told by this from what others publish. */
  String lane(long publication) {
    return source.id().entityId() + "~" + name + "~" + publication;
  }

  boolean hasLane(String lane) {
    return lane.startsWith(source.id().entityId() + "~" + name + "~");
  }

  static String text(LogEntry entry) {
    return entry.message().payload().toStringUtf8();
  }

  /** Begins a new incarnation, whatever the others do. */
  void start(ModelNode node) {
    ModelProgress recovered = durable();
    progress.add(recovered);
    long incarnation = progress.size();
    generations.put(incarnation, recovered.cursor().generation());
    epochs.put(incarnation, epoch);
    workers.add(new ModelWorker(this, node, incarnation, recovered));
  }

  /** Begins a new incarnation if the current one can't go on. */
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

  /** All incarnations that there ever were. */
  List<ModelWorker> workers() {
    return workers;
  }

  /** Makes progress. False if somebody else has taken the place. */
  boolean advance(long sequenceNumber, ModelProgress after) {
    if (progress.size() > sequenceNumber) {
      marks.add(Mark.CURSOR_WRITE_FENCED);
      return false;
    }
    everAside.addAll(after.aside().keySet());
    return progress.add(after);
  }

  /** Ends the current worker with a new generation. */
  void reset(long offset, boolean publishAgain, Fault fault) {
    ModelWorker worker = current();
    ModelProgress before = worker.progress();
    ModelProgress after = before.reset("reset " + progress.size(), offset, publishAgain);
    worker.end();
    if (fault.stores() && advance(worker.sequenceNumber(), after)) {
      noteHandled(before);
      if (publishAgain) {
        keptSilent.put(
            after.cursor().generation().publication(),
            passed -> passed < offset && before.isSilenced(passed));
      }
      keptLetters.put(after.cursor().generation().number(), after.aside().keySet());
      marks.add(Mark.LETTER_KEPT, after.aside().size());
      boolean isForward = offset > before.cursor().nextOffset();
      if (isForward) {
        marks.add(Mark.RESET_FORWARD);
      } else {
        marks.add(publishAgain ? Mark.PUBLICATION_REPEATED : Mark.RESET_BACK);
      }
      if (isForward || !before.aside().isEmpty()) {
        resetsThatLeftOut++;
      }
      if (resetsThatLeftOut > 0) {
        epoch++;
      }
    }
  }

  private void noteHandled(ModelProgress noted) {
    handled.merge(noted.cursor().generation().publication(), noted.handled(), OffsetSet::union);
  }

  /** What was handled by the end of each publication. */
  Map<Long, OffsetSet> handled() {
    noteHandled(durable());
    return handled;
  }

  /** Whether a message was handled before a publication, which was not told to repeat it. */
  boolean isSilent(long publication, long offset) {
    return keptSilent.getOrDefault(publication, passed -> false).test(offset);
  }

  /** Dead letters that a generation has taken over from the one before. */
  Set<Long> keptLetters(long generation) {
    return keptLetters.getOrDefault(generation, Set.of());
  }

  /** Incarnations and the generations that they worked for. */
  NavigableMap<Long, Generation> generations() {
    return generations;
  }

  /**
   * Incarnations of one epoch publish in the order of the source. A reset that leaves messages out
   * begins a new one, and so does each that may come back to them.
   */
  int epoch(long incarnation) {
    return epochs.get(incarnation);
  }

  /** How many messages a partition remembers at the most for what is published for them. */
  int maxRemembered() {
    return (1 + resetsThatLeftOut) * (ModelWorker.MAX_IN_FLIGHT + ModelWorker.MAX_NOT_DURABLE)
        + everAside.size();
  }

  boolean hasCaughtUp() {
    return !current().isEnding()
        && durable().cursor().nextOffset() == source.end()
        && durable().aside().isEmpty();
  }

  /** Forgets incarnations that nothing more comes of. */
  void forgetIdleWorkers() {
    ModelWorker current = current();
    workers.removeIf(worker -> worker != current && worker.isEnding() && worker.isIdle());
  }
}
