package org.perille.proof.chain;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.perille.internal.effect.CachedKey;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.KeyBehavior;
import org.perille.internal.effect.KeyCache;
import org.perille.internal.effect.KeyJournal;
import org.perille.internal.effect.KeyJournals;
import org.perille.internal.effect.KeyRecord;
import org.perille.testkit.history.Phase;

/**
 * The simulated journals of a worker's keys.
 *
 * <p>A request waits until the model decides on its outcome. A write takes one step, and its answer
 * another one.
 */
final class ModelKeys {
  /** A request to a journal. */
  private record Request(Phase phase, Ending ending) {}

  private interface Ending {
    void end(Fault fault, boolean answered);
  }

  private static final class Journal {
    private final String persistenceId;
    private final KeyBehavior<?> logic;
    private final TestInbox<KeyJournal.Command> inbox = TestInbox.create();
    private final CachedKey key;
    private long sequenceNumber;

    Journal(KeyJournal.Key key, KeyRecord memory) {
      this.persistenceId = key.persistenceId();
      this.logic = key.logic();
      this.key = new CachedKey(key.name(), inbox.getRef(), memory);
      this.sequenceNumber = memory.sequenceNumber();
    }
  }

  private final ModelKeyStore store;
  private final ModelSubscription subscription;
  private final TestInbox<KeyJournals.Command> openings = TestInbox.create();
  private final List<Journal> open = new ArrayList<>();
  private final List<Request> requests = new ArrayList<>();

  ModelKeys(ModelSubscription subscription, KeyCache keys) {
    this.store = subscription.store();
    this.subscription = subscription;
    keys.use(openings.getRef());
  }

  /**
   * Continues a random request.
   *
   * @return false if there is no request
   */
  boolean endAny(Random random, Fault fault, boolean answered) {
    collect();
    if (requests.isEmpty()) {
      return false;
    }
    requests.remove(random.nextInt(requests.size())).ending.end(fault, answered);
    return true;
  }

  boolean isIdle() {
    collect();
    return requests.isEmpty();
  }

  /** Returns whether a request is in this phase. */
  boolean isIn(Phase phase) {
    collect();
    return requests.stream().anyMatch(request -> request.phase == phase);
  }

  private void collect() {
    if (openings.hasMessages()) {
      for (KeyJournals.Command command : openings.getAllReceived()) {
        KeyJournals.Open asked = (KeyJournals.Open) command;
        requests.add(
            new Request(Phase.RECOVERING, (fault, answered) -> open(asked, fault, answered)));
      }
    }
    Iterator<Journal> all = open.iterator();
    while (all.hasNext()) {
      Journal journal = all.next();
      if (journal.inbox.hasMessages()) {
        for (KeyJournal.Command command : journal.inbox.getAllReceived()) {
          if (command instanceof KeyJournal.Write write) {
            requests.add(
                new Request(Phase.BEFORE_WRITE, (fault, answered) -> store(journal, write, fault)));
          } else {
            all.remove();
          }
        }
      }
    }
  }

  private void open(KeyJournals.Open asked, Fault fault, boolean answered) {
    if (!answered) {
      return;
    }
    if (fault == Fault.NONE) {
      String persistenceId = asked.key().persistenceId();
      Journal journal = new Journal(asked.key(), store.recover(persistenceId, asked.key().logic()));
      open.add(journal);
      asked.opened().complete(journal.key);
    } else {
      subscription.recorder().fault(ChainFaults.KEY_READ, Phase.RECOVERING);
      asked.opened().completeExceptionally(new IllegalStateException("planned"));
    }
  }

  private void store(Journal journal, KeyJournal.Write write, Fault fault) {
    boolean stored =
        fault.stores()
            && store.append(journal.persistenceId, journal.sequenceNumber, write.event());
    subscription.tell(
        stored ? "stored" : "did not store",
        write.event().handled().stream().map(EffectsRecorded.Handled::offset).toList(),
        "given up",
        write.event().givenUp(),
        "in",
        journal.persistenceId);
    if (stored) {
      subscription.committed(write.event());
    }
    fault.note(subscription.recorder(), ChainFaults.KEY_WRITE, stored);
    boolean known = stored && fault == Fault.NONE;
    requests.add(
        new Request(
            known ? Phase.AFTER_WRITE : Phase.UNKNOWN,
            (later, answered) -> answer(journal, write, known, stored, answered)));
  }

  private void answer(
      Journal journal, KeyJournal.Write write, boolean known, boolean stored, boolean answered) {
    if (!answered) {
      return;
    }
    if (known) {
      journal.sequenceNumber++;
      if (journal.sequenceNumber % 3 == 0 && journal.logic.knowsStates()) {
        store.save(journal.persistenceId, write.after().snapshot(journal.logic, store.codec()));
      }
      write.durable().complete(write.after());
    } else {
      open.remove(journal);
      journal.key.ended();
      subscription.recorder().mark(Mark.KEY_WRITE_UNKNOWN, stored ? 1 : 0);
    }
  }
}
