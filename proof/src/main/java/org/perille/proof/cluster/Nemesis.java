package org.perille.proof.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.perille.testkit.history.Phase;

/** Injects one fault after the other, each in its phase, and some while others still last. */
final class Nemesis {
  private static final long TRAP_TIMEOUT_SECONDS = 6;

  /** The time to wait for a victim. While a database is down, no node comes up. */
  private static final Duration VICTIM_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration UP_TIMEOUT = Duration.ofSeconds(25);

  /** The number of faults in ten that are combined with another one. */
  private static final int COMBINED_OF_TEN = 3;

  private final Injector.Target target;
  private final Injector injector;
  private final FaultLog log;
  private final Random random;

  Nemesis(Injector.Target target, FaultLog log, Random random) {
    this.target = target;
    this.injector = new Injector(target, random, log);
    this.log = log;
    this.random = random;
  }

  boolean canInject(FaultKind kind) {
    return injector.canInject(kind);
  }

  /** A fault that was injected, and the phase that it has hit. */
  private record Struck(Phase phase, Injector.Injected fault) {}

  /**
   * Injects a fault, waits until it has ended, and then for the cluster to recover.
   *
   * @return whether the fault has hit its phase
   */
  boolean strike(Schedule.Entry entry, Optional<Schedule.Entry> meanwhile) throws Exception {
    if (!entry.kind().isExclusive()) {
      return strikeInPair(entry, meanwhile);
    }
    target.exclusive().lock();
    try {
      return strikeInPair(entry, Optional.empty());
    } finally {
      target.exclusive().unlock();
    }
  }

  /** Runs a fault of connections while no fault excludes others. */
  void strikeConnection(Schedule.Entry entry) throws Exception {
    target.exclusive().lockInterruptibly();
    try {
      lasting(beside(entry));
    } finally {
      target.exclusive().unlock();
    }
  }

  private boolean strikeInPair(Schedule.Entry entry, Optional<Schedule.Entry> meanwhile)
      throws Exception {
    Struck struck = prepareAndInject(entry);
    Injector.Injected first = struck.fault;
    long end = System.nanoTime() + first.lasts().toNanos();
    boolean alone = meanwhile.isPresent();
    try {
      if (meanwhile.isPresent()) {
        sleep(random.nextInt(2_000));
        alone = !comesBeside(meanwhile.get());
      }
      sleep(TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
    } finally {
      first.end().run();
    }
    if (alone) {
      lasting(beside(meanwhile.orElseThrow(), awaitVictim(meanwhile.orElseThrow().kind())));
    }
    settle();
    return struck.phase == entry.phase();
  }

  /**
   * Injects a second fault, if a victim is found. While the first fault lasts, possibly no node is
   * running.
   *
   * @return whether a victim was found
   */
  private boolean comesBeside(Schedule.Entry entry) throws Exception {
    Optional<Member> victim = Optional.empty();
    long end = System.nanoTime() + VICTIM_TIMEOUT.toNanos();
    while (victim.isEmpty() && System.nanoTime() < end) {
      victim = victim(entry.kind());
      sleep(victim.isEmpty() ? 200 : 0);
    }
    if (victim.isPresent()) {
      lasting(beside(entry, victim.get()));
    }
    return victim.isPresent();
  }

  private static void lasting(Injector.Injected fault) throws Exception {
    sleep(fault.lasts().toMillis());
    fault.end().run();
  }

  /** Returns whether the next fault is combined with another one. */
  boolean combines() {
    return random.nextInt(10) < COMBINED_OF_TEN;
  }

  /**
   * Waits for the cluster in most cases. So sometimes the next fault hits a cluster that doesn't
   * work yet.
   */
  private void settle() throws InterruptedException {
    if (random.nextInt(4) > 0) {
      target.cluster().awaitUp(UP_TIMEOUT);
      sleep(500 + random.nextInt(1_500));
    }
  }

  private Struck prepareAndInject(Schedule.Entry entry) throws Exception {
    injector.prepare(entry.kind());
    Member victim = awaitVictim(entry.kind());
    prepare(entry.phase(), victim);
    if (entry.phase() == Phase.HANDING_OFF) {
      sleep(random.nextInt(1_500));
    }
    return injectInPhase(entry, victim);
  }

  /** Injects a fault concurrently with others, without preparing anything for it. */
  private Injector.Injected beside(Schedule.Entry entry) throws Exception {
    return beside(entry, awaitVictim(entry.kind()));
  }

  private Injector.Injected beside(Schedule.Entry entry, Member victim) throws Exception {
    Phase phase = entry.phase() == Phase.HANDING_OFF ? Phase.UNKNOWN : entry.phase();
    return injectInPhase(new Schedule.Entry(entry.kind(), phase), victim).fault;
  }

  private Struck injectInPhase(Schedule.Entry entry, Member victim) throws Exception {
    return switch (entry.phase()) {
      case UNKNOWN, HANDING_OFF -> inject(entry, victim);
      case BEFORE_WRITE -> trapped(entry, victim, CommitBreakpoint.Moment.COMMIT_REQUESTED);
      case AFTER_WRITE -> trapped(entry, victim, CommitBreakpoint.Moment.COMMIT_DONE);
      case AFTER_ANSWER -> trapped(entry, victim, CommitBreakpoint.Moment.COMMIT_ANSWERED);
      case RECOVERING -> trapped(entry, victim, CommitBreakpoint.Moment.RECOVERY_READ);
    };
  }

  /**
   * Causes the situation that the phase requires: a crash to recover from, or a node that hands
   * over.
   */
  private void prepare(Phase phase, Member victim) throws Exception {
    List<Member> others = target.cluster().find(m -> m != victim && !m.isClient() && m.isRunning());
    if (others.isEmpty()) {
      return;
    }
    Member other = others.get(random.nextInt(others.size()));
    if (phase == Phase.RECOVERING) {
      inject(new Schedule.Entry(FaultKind.NODE_KILLED, Phase.UNKNOWN), other);
    } else if (phase == Phase.HANDING_OFF) {
      inject(new Schedule.Entry(FaultKind.NODE_REPLACED, Phase.UNKNOWN), other);
    }
  }

  private Struck trapped(Schedule.Entry entry, Member victim, CommitBreakpoint.Moment moment)
      throws Exception {
    CommitBreakpoint trap = target.proxy().arm(moment, Optional.of(victim.name()));
    try {
      trap.sprung()
          .get(
              TRAP_TIMEOUT_SECONDS * (moment == CommitBreakpoint.Moment.RECOVERY_READ ? 2 : 1),
              TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      target.proxy().disarm(trap);
      return inject(new Schedule.Entry(entry.kind(), Phase.UNKNOWN), victim);
    }
    Injector.Injected injected = inject(entry, victim).fault;
    return new Struck(entry.phase(), sprung(entry, trap, injected));
  }

  /** Decides on the commit or the read that the breakpoint holds. */
  private Injector.Injected sprung(
      Schedule.Entry entry, CommitBreakpoint trap, Injector.Injected injected) {
    return switch (entry.kind()) {
      case COMMIT_LATE, NODE_PAUSED ->
          new Injector.Injected(
              injected.lasts(),
              () -> {
                trap.decision().complete(CommitBreakpoint.Decision.PASS);
                injected.end().run();
              });
      case HALF_OPEN ->
          new Injector.Injected(
              injected.lasts(),
              () -> {
                injected.end().run();
                trap.decision().complete(CommitBreakpoint.Decision.CUT);
              });
      case COMMIT_ANSWER_LOST, COMMIT_REQUEST_LOST, DATABASE_KILLED, POWER_LOST -> {
        trap.decision().complete(CommitBreakpoint.Decision.CUT);
        yield injected;
      }
      default -> {
        trap.decision()
            .complete(
                random.nextBoolean()
                    ? CommitBreakpoint.Decision.PASS
                    : CommitBreakpoint.Decision.CUT);
        yield injected;
      }
    };
  }

  private Struck inject(Schedule.Entry entry, Member victim) throws Exception {
    FaultLog.Fault fault = new FaultLog.Fault(entry.kind(), entry.phase(), victim.name());
    log.began(fault);
    Injector.Injected injected = injector.inject(entry.kind(), victim);
    return new Struck(
        entry.phase(),
        new Injector.Injected(
            injected.lasts(),
            () -> {
              injected.end().run();
              log.ended(fault);
            }));
  }

  private Member awaitVictim(FaultKind kind) throws InterruptedException {
    Optional<Member> victim = victim(kind);
    while (victim.isEmpty()) {
      sleep(200);
      victim = victim(kind);
    }
    return victim.get();
  }

  private Optional<Member> victim(FaultKind kind) {
    boolean client = kind == FaultKind.CLIENT_KILLED;
    List<Member> running = target.cluster().find(m -> m.isClient() == client && m.isRunning());
    return running.isEmpty()
        ? Optional.empty()
        : Optional.of(running.get(random.nextInt(running.size())));
  }

  /** Ends all faults permanently. */
  void healAll() throws Exception {
    injector.healAll();
  }

  private static void sleep(long millis) throws InterruptedException {
    if (millis > 0) {
      TimeUnit.MILLISECONDS.sleep(millis);
    }
  }
}
