package org.perille.testkit.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.perille.Guarantee;
import org.perille.OnExhausted;

/** A subscription of a {@link RandomRun} in a partition: its worker, and those that it replaced. */
final class RandomWorker {
  private record Running(long call, RandomRun.Entry entry, long epoch) {}

  private final RandomRun run;
  private final Random random;
  private final Operation.SubscriptionDeclared subscription;
  private final int partition;
  private final boolean isAtMostOnce;
  private final boolean isEffective;

  // Durable.
  private final TreeSet<Long> done = new TreeSet<>();
  private final Map<Long, Integer> attempts = new HashMap<>();
  private final Set<Long> letters = new HashSet<>();
  private final Set<Long> unseenLetters = new HashSet<>();
  private final Set<Long> discarded = new HashSet<>();
  private final Set<Long> redriven = new HashSet<>();
  private long passed;
  private long effects;
  private long epoch = 1;

  // Lost in a crash.
  private final Set<Long> handled = new HashSet<>();
  private final List<Running> running = new ArrayList<>();
  private final Deque<RandomRun.Entry> inbox = new ArrayDeque<>();

  // Of replaced workers, and of attempts that were given up.
  private final List<Running> abandoned = new ArrayList<>();
  private final Deque<RandomRun.Entry> zombieInbox = new ArrayDeque<>();

  RandomWorker(RandomRun run, Operation.SubscriptionDeclared subscription, int partition) {
    this.run = run;
    this.random = run.random();
    this.subscription = subscription;
    this.partition = partition;
    this.isAtMostOnce = subscription.guarantee() == Guarantee.AT_MOST_ONCE;
    this.isEffective = subscription.guarantee() == Guarantee.EFFECTIVELY_ONCE;
    long start = subscription.fromEarliest() ? 0 : run.log(partition).size();
    for (long offset = 0; offset < start; offset++) {
      done.add(offset);
    }
    recovered();
  }

  void step() {
    int choice = random.nextInt(100);
    if (choice < 55) {
      begin();
    } else if (choice < 75) {
      leave();
    } else if (choice < 82) {
      persist();
    } else if (choice < 88) {
      crash();
    } else if (choice < 91) {
      missDeadline();
    } else if (choice < 96) {
      operate();
    } else if (choice < 98) {
      zombie();
    } else {
      reset();
    }
  }

  /** Handles all messages that can be handled. */
  void finish() {
    while (!running.isEmpty()) {
      leave(running.get(0), true);
    }
    if (isAtMostOnce) {
      do {
        while (!inbox.isEmpty()) {
          leave(enter(inbox.poll(), 1), true);
        }
      } while (takeBatch());
    } else {
      for (RandomRun.Entry next = next(); next != null; next = next()) {
        leave(enter(next), true);
      }
    }
    while (!abandoned.isEmpty()) {
      leaveAbandoned();
    }
    persist();
    letters.removeAll(discarded);
    for (long offset : letters) {
      run.tell(
          at -> new Operation.DeadLettered(at, subscription.subscription(), partition, offset));
    }
  }

  private void begin() {
    if (isAtMostOnce) {
      if (inbox.isEmpty() && !takeBatch()) {
        return;
      }
      if (running.stream().noneMatch(it -> it.entry.key().equals(inbox.peek().key()))) {
        enter(inbox.poll(), 1);
      }
      return;
    }
    RandomRun.Entry next = next();
    if (next == null) {
      return;
    }
    if (isEffective && random.nextInt(3) == 0) {
      rollBack(next);
    } else if (random.nextInt(30) == 0) {
      run.tell(
          at -> new Operation.Skipped(at, subscription.subscription(), partition, next.offset()));
      done.add(next.offset());
    } else {
      enter(next);
    }
  }

  /** Makes the cursor durable, before any of the messages is handled. */
  private boolean takeBatch() {
    long end = Math.min(run.log(partition).size(), passed + 1 + random.nextInt(4));
    boolean any = passed < end;
    for (; passed < end; passed++) {
      inbox.add(run.log(partition).get((int) passed));
    }
    return any;
  }

  /** Handles messages of a key in a transaction that fails. */
  private void rollBack(RandomRun.Entry first) {
    int size = 1 + random.nextInt(3);
    for (RandomRun.Entry entry : run.log(partition)) {
      boolean isNext =
          entry.key().equals(first.key()) && entry.offset() >= first.offset() && isOpen(entry);
      if (isNext && !redriven.contains(entry.offset()) && size > 0) {
        size--;
        Running attempt = enter(entry);
        running.remove(attempt);
        left(attempt, size > 0 || random.nextBoolean() ? Outcome.OK : Outcome.FAILED);
      }
    }
  }

  private boolean isOpen(RandomRun.Entry entry) {
    long offset = entry.offset();
    return !done.contains(offset) && !handled.contains(offset) && !letters.contains(offset);
  }

  private boolean isWaiting(RandomRun.Entry entry) {
    return isOpen(entry) && running.stream().noneMatch(it -> it.entry.equals(entry));
  }

  private RandomRun.Entry next() {
    Set<String> busy = new HashSet<>();
    Set<Long> under = new HashSet<>();
    List<RandomRun.Entry> free = new ArrayList<>();
    for (Running attempt : running) {
      busy.add(attempt.entry.key());
      under.add(attempt.entry.offset());
    }
    for (RandomRun.Entry entry : run.log(partition)) {
      boolean parks =
          letters.contains(entry.offset())
              && !discarded.contains(entry.offset())
              && subscription.onExhausted() == OnExhausted.PARK_KEY;
      if (isOpen(entry) && !under.contains(entry.offset())) {
        if (!subscription.ordered() || busy.add(entry.key())) {
          free.add(entry);
        }
      } else if (parks) {
        busy.add(entry.key());
      }
    }
    return free.isEmpty() ? null : free.get(random.nextInt(free.size()));
  }

  private Running enter(RandomRun.Entry entry) {
    return enter(entry, attempts.merge(entry.offset(), 1, Integer::sum));
  }

  private Running enter(RandomRun.Entry entry, int attempt) {
    Running begun = enter(entry, attempt, epoch);
    running.add(begun);
    return begun;
  }

  private Running enter(RandomRun.Entry entry, int attempt, long by) {
    long call = run.newCall();
    run.tell(
        at ->
            new Operation.HandlerEntered(
                at,
                call,
                subscription.subscription(),
                "node" + by,
                by,
                RandomRun.TOPIC,
                partition,
                entry.offset(),
                entry.key(),
                entry.value(),
                attempt));
    return new Running(call, entry, by);
  }

  private void leave() {
    if (!running.isEmpty()) {
      leave(running.get(random.nextInt(running.size())), random.nextInt(4) != 0);
    }
  }

  private void leave(Running attempt, boolean ok) {
    running.remove(attempt);
    left(attempt, ok ? Outcome.OK : Outcome.FAILED);
    long offset = attempt.entry.offset();
    if (ok && isEffective) {
      done.add(offset);
      effect(attempt.entry);
    } else if (ok && !isAtMostOnce) {
      handled.add(offset);
    } else if (!ok && (isAtMostOnce || attempts.get(offset) % 3 == 0)) {
      giveUp(offset);
    }
  }

  private void left(Running attempt, Outcome outcome) {
    run.tell(at -> new Operation.HandlerLeft(at, attempt.call, outcome));
  }

  private void effect(RandomRun.Entry entry) {
    long order = ++effects;
    run.tell(
        at ->
            new Operation.EffectFound(
                at,
                order,
                subscription.subscription(),
                partition,
                entry.offset(),
                entry.key(),
                entry.value(),
                epoch));
  }

  private void giveUp(long offset) {
    letters.add(offset);
    redriven.remove(offset);
    if (random.nextBoolean()) {
      run.tell(
          at -> new Operation.DeadLettered(at, subscription.subscription(), partition, offset));
    } else {
      unseenLetters.add(offset);
    }
  }

  private void persist() {
    done.addAll(handled);
    handled.clear();
    if (random.nextBoolean()) {
      run.tell(
          at ->
              new Operation.CursorFound(
                  at, subscription.subscription(), partition, epoch, below(), List.of()));
    }
  }

  private long below() {
    if (isAtMostOnce) {
      return passed;
    }
    long below = 0;
    while (done.contains(below) || letters.contains(below)) {
      below++;
    }
    return below;
  }

  private void crash() {
    run.tell(at -> new Operation.FaultBegan(at, "kill", Phase.UNKNOWN, ""));
    zombieInbox.clear();
    zombieInbox.addAll(
        isAtMostOnce ? inbox : run.log(partition).stream().filter(this::isWaiting).toList());
    abandoned.addAll(running);
    running.clear();
    handled.clear();
    inbox.clear();
    epoch++;
    recovered();
  }

  private void recovered() {
    if (isAtMostOnce || !subscription.fromEarliest() || random.nextBoolean()) {
      run.tell(
          at ->
              new Operation.CursorRecovered(
                  at, subscription.subscription(), partition, epoch, below(), List.of()));
    }
  }

  private void missDeadline() {
    if (!running.isEmpty() && !isAtMostOnce) {
      Running late = running.remove(random.nextInt(running.size()));
      abandoned.add(late);
      enter(late.entry);
    }
  }

  /** Lets the last replaced worker continue with its state in memory. */
  private void zombie() {
    if (zombieInbox.isEmpty()) {
      if (!abandoned.isEmpty()) {
        leaveAbandoned();
      }
      return;
    }
    RandomRun.Entry next = zombieInbox.poll();
    if (isAtMostOnce || done.contains(next.offset())) {
      abandoned.add(enter(next, 1, epoch - 1));
    }
  }

  private void leaveAbandoned() {
    Running late = abandoned.remove(random.nextInt(abandoned.size()));
    if (random.nextBoolean()) {
      left(late, random.nextBoolean() ? Outcome.OK : Outcome.FAILED);
    }
  }

  private void operate() {
    for (long offset : List.copyOf(letters)) {
      if (discarded.contains(offset)) {
        continue;
      }
      if (unseenLetters.remove(offset)) {
        run.tell(
            at -> new Operation.DeadLettered(at, subscription.subscription(), partition, offset));
      } else if (!isAtMostOnce && random.nextBoolean()) {
        run.tell(at -> new Operation.Redriven(at, subscription.subscription(), partition, offset));
        if (random.nextInt(5) != 0) {
          letters.remove(offset);
          redriven.add(offset);
        }
      } else {
        discarded.add(offset);
        run.tell(at -> new Operation.Discarded(at, subscription.subscription(), partition, offset));
      }
      return;
    }
  }

  private void reset() {
    if (isAtMostOnce || !subscription.fromEarliest() || random.nextInt(3) != 0) {
      return;
    }
    while (!running.isEmpty()) {
      leave(running.get(0), true);
    }
    // A letter counts in any generation, which is simpler than in the real implementation.
    long position = random.nextInt(run.log(partition).size() + 1);
    run.tell(at -> new Operation.ResetOrdered(at, subscription.subscription(), position));
    done.removeIf(offset -> offset >= position);
    handled.removeIf(offset -> offset >= position);
  }
}
