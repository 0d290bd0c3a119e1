package org.perille.internal.effect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.subscribe.Cursor;
import org.perille.internal.subscribe.Generation;

/** A subscription in one partition: its durable progress, its workers, and its history. */
final class ModelSubscription {
  /** Begins an incarnation, or moves the cursor; the latter isn't known of the former. */
  private final List<Cursor> progress = new ArrayList<>();

  private final String name;
  private final ModelPartition source;
  private final Relay relay;
  private final KeyLogic<String> logic;
  private final ModelKeyStore store;
  private final Mark.Tally marks;
  private final List<ModelWorker> workers = new ArrayList<>();
  private final NavigableMap<Long, Generation> generations = new TreeMap<>();
  private final Map<Long, Integer> epochs = new TreeMap<>();
  private final Map<Long, OffsetSet> handled = new TreeMap<>();
  private final Map<Long, LongPredicate> keptSilent = new TreeMap<>();
  private int epoch;
  private int forwardResets;

  ModelSubscription(
      String name, ModelPartition source, Relay relay, ModelKeyStore store, Mark.Tally marks) {
    this.name = name;
    this.source = source;
    this.relay = relay;
    this.logic = KeyLogic.of(relay);
    this.store = store;
    this.marks = marks;
    progress.add(Cursor.startingAt(0, 0));
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
    Cursor recovered = durable();
    progress.add(recovered);
    long incarnation = progress.size();
    generations.put(incarnation, recovered.generation());
    epochs.put(incarnation, epoch);
    workers.add(new ModelWorker(this, node, incarnation, recovered));
  }

  /** Begins a new incarnation if the current one can't go on. */
  void ensureAlive(ModelNode node) {
    if (current().isEnding()) {
      start(node);
    }
  }

  private Cursor durable() {
    return progress.get(progress.size() - 1);
  }

  ModelWorker current() {
    return workers.get(workers.size() - 1);
  }

  /** All incarnations that there ever were. */
  List<ModelWorker> workers() {
    return workers;
  }

  /** Moves the cursor. False if somebody else has taken the place. */
  boolean advance(long sequenceNumber, Cursor cursor) {
    if (progress.size() > sequenceNumber) {
      marks.add(Mark.CURSOR_WRITE_FENCED);
      return false;
    }
    return progress.add(cursor);
  }

  /** Ends the current worker with a new generation. */
  void reset(long offset, boolean publishAgain, Fault fault) {
    ModelWorker worker = current();
    Cursor before = worker.cursor();
    Cursor after = before.reset("reset " + progress.size(), offset, 0, publishAgain);
    worker.end();
    if (fault.stores() && advance(worker.sequenceNumber(), after)) {
      noteHandled(before);
      if (publishAgain) {
        keptSilent.put(
            after.generation().publication(),
            passed -> passed < offset && before.handled().contains(passed));
      }
      if (offset > before.nextOffset()) {
        forwardResets++;
        marks.add(Mark.RESET_FORWARD);
      } else {
        marks.add(publishAgain ? Mark.PUBLICATION_REPEATED : Mark.RESET_BACK);
      }
      if (forwardResets > 0) {
        epoch++;
      }
    }
  }

  private void noteHandled(Cursor cursor) {
    handled.merge(cursor.generation().publication(), cursor.handled(), OffsetSet::union);
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
    return (1 + forwardResets) * (ModelWorker.MAX_IN_FLIGHT + ModelWorker.MAX_NOT_DURABLE);
  }

  boolean hasCaughtUp() {
    return !current().isEnding() && durable().nextOffset() == source.end();
  }

  /** Forgets incarnations that nothing more comes of. */
  void forgetIdleWorkers() {
    ModelWorker current = current();
    workers.removeIf(worker -> worker != current && worker.isEnding() && worker.isIdle());
  }
}
