package org.perille.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.perille.Limits;

/**
 * A simulated cluster whose nodes share limits, driven by a seed.
 *
 * <p>Messages are lost, late and duplicated. Members crash, join, pause, and are cut off, together
 * with a coordinator that runs on them. It then restarts elsewhere. After every step the model
 * checks the sum of the valid shares.
 */
final class AllocationModel {
  /** The events that must have happened in a number of runs. */
  enum Mark {
    CRASHED,
    JOINED,
    PAUSED,
    CUT_OFF,
    COORDINATOR_HANDED_OVER,
    COORDINATOR_REPLACED,
    REPLACED_COORDINATOR_ANSWERED,
    QUESTION_FORWARDED,
    ANSWER_DROPPED,
    SHARE_RAN_OUT
  }

  /** The faults that may happen. */
  enum Weather {
    ROUGH,
    /** No message is lost, and no node is unreachable for as long as a share is valid. */
    MILD,
    FAIR
  }

  /**
   * The time after which the others remove a node that doesn't answer, by failure detector and
   * downing.
   */
  private static final long GIVEN_UP_AFTER = millis(12_000);

  /** The time after which a node notices that it can't reach the others. */
  private static final long NOTICED_AFTER = millis(4_000);

  private record Event(long atNanos, long order, Runnable what) {}

  private record Running(long ticket, long untilNanos) {}

  /** A member: a node, and perhaps the coordinator. */
  final class Member {
    private final String name;
    private final long clockOffset = random.nextLong();
    private final Throttle throttle = new Throttle(limits, Optional.empty(), clock());
    private final List<Running> running = new ArrayList<>();
    private Optional<LimitAllocations> coordinator = Optional.empty();
    private boolean alive = true;
    private boolean replaced;
    private boolean busy = random.nextBoolean();
    private long pausedUntil;
    private long cutOffAt = Long.MAX_VALUE;
    private long begun;
    private long asked;
    private boolean held;

    Member(String name) {
      this.name = name;
    }

    private long clock() {
      return now + clockOffset;
    }

    private boolean canReachAll() {
      return cutOffAt == Long.MAX_VALUE || now - cutOffAt < NOTICED_AFTER;
    }

    private boolean isCutOff() {
      return cutOffAt != Long.MAX_VALUE;
    }

    /** Runs a task when the member is awake. */
    private void whenAwake(Runnable what) {
      if (alive && now < pausedUntil) {
        at(pausedUntil, () -> whenAwake(what));
      } else if (alive) {
        what.run();
      }
    }

    private void work() {
      running.removeIf(
          run -> {
            boolean over = run.untilNanos <= now;
            if (over) {
              throttle.end(run.ticket, 0, 1, 0, clock());
            }
            return over;
          });
      while (busy && throttle.runs(clock()) > 0) {
        running.add(new Running(throttle.begin(1, clock()), now + handlerTakes()));
        begun++;
        allBegun++;
      }
      if (busy) {
        throttle.noteRefusal(clock());
      }
      boolean holds = throttle.permitsHeld(clock()) > 0;
      if (held && !holds && isCutOff()) {
        mark(Mark.SHARE_RAN_OUT);
      }
      held = holds;
      after(millis(20 + random.nextInt(60)), () -> whenAwake(this::work));
    }

    private long handlerTakes() {
      boolean slow = weather != Weather.FAIR && random.nextInt(50) == 0;
      return millis(slow ? 20_000 : 5 + random.nextInt(400));
    }

    private void ask() {
      long question = ++asked;
      LeaseReport report = throttle.report(name, busy, clock());
      Member to = coordinatorFor(this);
      if (to != null) {
        send(this, to, () -> to.hear(this, report));
      }
      after(
          LimitAllocations.ASK_AGAIN_AFTER.toNanos(),
          () -> whenAwake(() -> askUnlessAsked(question)));
    }

    private void askUnlessAsked(long question) {
      if (question == asked) {
        ask();
      }
    }

    private void hear(Member from, LeaseReport report) {
      if (coordinator.isEmpty() && AllocationModel.this.coordinator != null && !isCutOff()) {
        mark(Mark.QUESTION_FORWARDED);
        Member next = AllocationModel.this.coordinator;
        send(this, next, () -> next.hear(from, report));
      } else if (coordinator.isPresent()) {
        if (replaced) {
          mark(Mark.REPLACED_COORDINATOR_ANSWERED);
        }
        coordinator
            .get()
            .answer(report, canReachAll(), clock())
            .ifPresent(answer -> send(this, from, () -> from.take(answer)));
      }
    }

    private void take(LeaseGranted answer) {
      if (throttle.take(answer, clock())) {
        long question = asked;
        after(answer.askAgainAfter().toNanos(), () -> whenAwake(() -> askUnlessAsked(question)));
      } else {
        mark(Mark.ANSWER_DROPPED);
      }
    }
  }

  private final Random random;
  private final Map<Mark, Integer> marks = new EnumMap<>(Mark.class);
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparing(Event::order));
  private final List<Member> members = new ArrayList<>();

  /** The members that the others have removed, and that don't know it. */
  private final List<Member> zombies = new ArrayList<>();

  private final int permits;
  private final double rate;
  private final Limits limits;
  private final boolean strict;
  private Weather weather;
  private long now;
  private long order;
  private long allBegun;
  private int started;
  private Member coordinator;

  AllocationModel(long seed, Weather weather) {
    this.random = new Random(seed);
    this.weather = weather;
    this.strict = weather != Weather.ROUGH;
    this.permits = List.of(1, 2, 3, 10).get(random.nextInt(4));
    this.rate = List.of(0.5, 10.0, 1000.0).get(random.nextInt(3));
    this.limits = Limits.none().withConcurrencyInCluster(permits).withRateInCluster(rate);
    for (int i = 0; i < 3; i++) {
      join();
    }
    become(members.get(0));
    after(millis(random.nextInt(3_000)), this::happen);
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  Map<Mark, Integer> marks() {
    return marks;
  }

  private void mark(Mark mark) {
    marks.merge(mark, 1, Integer::sum);
  }

  private void at(long time, Runnable what) {
    events.add(new Event(Math.max(now, time), order++, what));
  }

  private void after(long nanos, Runnable what) {
    at(now + nanos, what);
  }

  private void send(Member from, Member to, Runnable what) {
    boolean rough = weather == Weather.ROUGH && from != to;
    if (rough && random.nextInt(10) == 0) {
      return;
    }
    int copies = rough && random.nextInt(20) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      long delay = rough && random.nextInt(10) == 0 ? random.nextInt(8_000) : random.nextInt(100);
      after(
          millis(delay),
          () -> {
            if (from == to || !(from.isCutOff() || to.isCutOff())) {
              to.whenAwake(what);
            }
          });
    }
  }

  /**
   * Returns the member on which a node expects the coordinator. A node that was cut off knows only
   * its own.
   */
  private Member coordinatorFor(Member node) {
    if (node.isCutOff()) {
      return node.coordinator.isPresent() ? node : null;
    }
    return coordinator;
  }

  private void join() {
    Member member = new Member("node-" + started++);
    members.add(member);
    member.ask();
    member.work();
  }

  private void become(Member member) {
    coordinator = member;
    member.whenAwake(() -> member.coordinator = Optional.of(new LimitAllocations(member.clock())));
  }

  void run(int seconds) {
    long end = now + millis(seconds * 1000L);
    while (now < end) {
      Event next = events.remove();
      now = next.atNanos;
      next.what.run();
      check();
    }
  }

  private void happen() {
    if (weather == Weather.FAIR) {
      return;
    }
    Member member = members.get(random.nextInt(members.size()));
    switch (random.nextInt(6)) {
      case 0, 1 -> member.busy = !member.busy;
      case 2 -> {
        if (members.size() < 5) {
          mark(Mark.JOINED);
          join();
        }
      }
      case 3 -> handOver();
      case 4 -> pause(member);
      default -> {
        if (weather == Weather.ROUGH && members.size() > 1) {
          loseOrCutOff(member);
        }
      }
    }
    after(millis(random.nextInt(weather == Weather.ROUGH ? 8_000 : 3_000)), this::happen);
  }

  private void handOver() {
    List<Member> others = members.stream().filter(p -> p != coordinator && !p.isCutOff()).toList();
    if (coordinator != null && !others.isEmpty() && now >= coordinator.pausedUntil) {
      mark(Mark.COORDINATOR_HANDED_OVER);
      coordinator.coordinator = Optional.empty();
      become(others.get(random.nextInt(others.size())));
    }
  }

  private void pause(Member member) {
    if (now < member.pausedUntil) {
      return;
    }
    if (weather == Weather.MILD) {
      member.pausedUntil = now + millis(random.nextInt(700));
      return;
    }
    mark(Mark.PAUSED);
    long length = millis(random.nextInt(40_000));
    member.pausedUntil = now + length;
    if (length > GIVEN_UP_AFTER && members.size() > 1) {
      after(GIVEN_UP_AFTER, () -> giveUp(member));
    }
  }

  /** Removes a member. It doesn't know yet, and stops when it does. */
  private void giveUp(Member member) {
    if (!member.alive || member.isCutOff()) {
      return;
    }
    member.cutOffAt = Math.max(now, member.pausedUntil);
    member.replaced = member == coordinator;
    at(member.cutOffAt + GIVEN_UP_AFTER, () -> die(member));
    members.remove(member);
    if (members.isEmpty()) {
      join();
    }
    zombies.add(member);
    if (member == coordinator) {
      mark(Mark.COORDINATOR_REPLACED);
      become(members.get(random.nextInt(members.size())));
    }
  }

  private void die(Member member) {
    member.alive = false;
    zombies.remove(member);
    members.remove(member);
    if (members.isEmpty()) {
      join();
    }
    if (member == coordinator) {
      coordinator = null;
      after(
          millis(random.nextInt(3_000)),
          () -> {
            mark(Mark.COORDINATOR_REPLACED);
            become(members.get(random.nextInt(members.size())));
          });
    }
  }

  private void loseOrCutOff(Member member) {
    if (member.isCutOff()) {
      return;
    }
    if (random.nextBoolean()) {
      mark(Mark.CRASHED);
      die(member);
    } else {
      // Both sides are cut off from each other. The smaller one stops before the other one replaces
      // it.
      mark(Mark.CUT_OFF);
      member.cutOffAt = now;
      after(GIVEN_UP_AFTER, () -> die(member));
    }
  }

  private void check() {
    double permitsHeld = 0;
    double rateHeld = 0;
    int inUse = 0;
    for (List<Member> group : List.of(members, zombies)) {
      for (Member member : group) {
        permitsHeld += member.throttle.permitsHeld(member.clock());
        rateHeld += member.throttle.rateHeld(member.clock());
        inUse += member.running.size();
      }
    }
    assertThat(permitsHeld).as("permits held").isLessThanOrEqualTo(permits);
    assertThat(rateHeld).as("rate held").isLessThanOrEqualTo(rate * 1.000001);
    assertThat((double) allBegun)
        .as("messages begun")
        .isLessThanOrEqualTo(rate * now / 1e9 + started * Math.max(1, rate / 10));
    if (strict) {
      assertThat(inUse).as("handlers running").isLessThanOrEqualTo(permits);
    }
  }

  /** Ends all faults and gives each node work: every node must make progress. */
  void calmDown() {
    weather = Weather.FAIR;
    run(90);
    members.forEach(member -> member.busy = true);
    List<Member> all = List.copyOf(members);
    run(20);
    List<Long> before = all.stream().map(member -> member.begun).toList();
    run(60);
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).begun)
          .as("begun by %s of %d", all.get(i).name, all.size())
          .isGreaterThan(before.get(i));
    }
  }
}
