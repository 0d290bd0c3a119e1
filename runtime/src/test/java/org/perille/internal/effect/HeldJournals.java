package org.perille.internal.effect;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;

/** Journals of a worker's keys, whose requests wait until a test decides their outcome. */
final class HeldJournals {
  /** A request to a journal. */
  private interface Request {
    void end(WriteFault fault, boolean answered);
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

  private final MemoryKeyStore store;
  private final TestInbox<KeyJournals.Command> openings = TestInbox.create();
  private final List<Journal> open = new ArrayList<>();
  private final List<Request> requests = new ArrayList<>();

  HeldJournals(MemoryKeyStore store, KeyCache keys) {
    this.store = store;
    keys.use(openings.getRef());
  }

  /**
   * Ends any of the requests.
   *
   * @return false if there is none
   */
  boolean endAny(Random random, WriteFault fault, boolean answered) {
    collect();
    if (requests.isEmpty()) {
      return false;
    }
    requests.remove(random.nextInt(requests.size())).end(fault, answered);
    return true;
  }

  boolean isIdle() {
    collect();
    return requests.isEmpty();
  }

  private void collect() {
    for (KeyJournals.Command command : openings.getAllReceived()) {
      KeyJournals.Open asked = (KeyJournals.Open) command;
      requests.add((fault, answered) -> open(asked, fault, answered));
    }
    Iterator<Journal> all = open.iterator();
    while (all.hasNext()) {
      Journal journal = all.next();
      for (KeyJournal.Command command : journal.inbox.getAllReceived()) {
        if (command instanceof KeyJournal.Write write) {
          requests.add((fault, answered) -> write(journal, write, fault, answered));
        } else {
          all.remove();
        }
      }
    }
  }

  private void open(KeyJournals.Open asked, WriteFault fault, boolean answered) {
    if (!answered) {
      return;
    }
    if (fault == WriteFault.NONE) {
      try {
        Journal journal =
            new Journal(
                asked.key(), store.recover(asked.key().persistenceId(), asked.key().logic()));
        open.add(journal);
        asked.opened().complete(journal.key);
      } catch (IllegalStateException unreadable) {
        asked.opened().completeExceptionally(unreadable);
      }
    } else {
      asked.opened().completeExceptionally(new IllegalStateException("planned"));
    }
  }

  private void write(Journal journal, KeyJournal.Write write, WriteFault fault, boolean answered) {
    boolean stored =
        fault.stores()
            && store.append(journal.persistenceId, journal.sequenceNumber, write.event());
    if (!answered) {
      return;
    }
    if (stored && fault == WriteFault.NONE) {
      journal.sequenceNumber++;
      if (journal.sequenceNumber % 3 == 0 && journal.logic.knowsStates()) {
        store.save(journal.persistenceId, write.after().snapshot(journal.logic, store.codec()));
      }
      write.durable().complete(write.after());
    } else {
      open.remove(journal);
      journal.key.ended();
    }
  }
}
