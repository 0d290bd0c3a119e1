package org.perille.proof.actors;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.perille.proof.workload.Audit;
import org.perille.proof.workload.BookingAudit;
import org.perille.proof.workload.Operator;
import org.perille.proof.workload.Witness;
import org.perille.testkit.history.Checker;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.History;
import org.perille.testkit.history.Operation.Healed;
import org.perille.testkit.history.Phase;
import org.perille.testkit.history.Verdict;

/** A run with one seed: a cluster in this process, load, storms, calm, and the verdict. */
final class ActorRun {
  /**
   * The result of a run.
   *
   * @param left descriptions of what wasn't handled in time
   * @param actors descriptions of the actors, if something wasn't handled in time; otherwise empty
   * @param restarts the failures of actors that no fault explains; see {@link Restarts}
   */
  record Result(
      long seed,
      History history,
      Verdict verdict,
      List<String> left,
      List<String> actors,
      List<String> restarts,
      Duration took) {
    boolean isGood() {
      return verdict.isGood() && left.isEmpty();
    }

    Coverage coverage() {
      return Coverage.of(history);
    }
  }

  private static final long CALM_MILLIS = 500;
  private static final Duration REPLACED_WITHIN = Duration.ofMinutes(2);

  private final long seed;
  private final int rate;
  private final Duration storms;

  /**
   * Creates a run.
   *
   * @param rate messages per second that each node publishes
   * @param storms the duration of the faults
   */
  ActorRun(long seed, int rate, Duration storms) {
    this.seed = seed;
    this.rate = rate;
    this.storms = storms;
  }

  Result run() throws Exception {
    long begin = System.nanoTime();
    Random random = new Random(seed);
    try (World world = new World(seed, rate);
        Restarts restarts = Restarts.record()) {
      Nodes nodes = Nodes.start(world, 2 + random.nextInt(2));
      List<String> left;
      List<String> actors;
      try {
        Operator operator =
            new Operator(
                nodes.client().perille(),
                nodes.client().workload(),
                nodes.client().witness(),
                World.TEMPO.operatorPause());
        operator.start();
        nodes.publish();
        TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
        nodes.registerLate(
            Instant.now().minusMillis(CALM_MILLIS / 2).truncatedTo(ChronoUnit.MILLIS));
        torment(world, nodes, random);
        operator.stop();
        nodes.quiet();
        world.recorder().record(new Healed(Witness.now()));
        left = new ArrayList<>(nodes.settle());
        left.addAll(auditBookings(world, nodes.client()));
        left.addAll(audit(world, nodes.client()));
        actors = left.isEmpty() ? List.of() : nodes.actors();
      } finally {
        world.faults().calm();
        nodes.end();
      }
      History history = world.recorder().history();
      Verdict verdict =
          Checker.ofNanoseconds().withBound(World.TEMPO.timeout().toNanos()).judge(history);
      return new Result(
          seed,
          history,
          verdict,
          left,
          actors,
          restarts.unexplained(),
          Duration.ofNanos(System.nanoTime() - begin));
    }
  }

  private static List<String> auditBookings(World world, Node client) throws InterruptedException {
    BookingAudit audit =
        new BookingAudit(client.perille(), client.bookings(), client.witness(), World.TEMPO);
    List<String> left = new ArrayList<>(audit.drain());
    if (left.isEmpty()) {
      try {
        audit.read(world.database());
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        left.add("not all bookings could be read: " + e);
      }
    }
    return left;
  }

  private static List<String> audit(World world, Node client) throws InterruptedException {
    Audit audit = new Audit(client.perille(), client.workload(), client.witness(), World.TEMPO);
    List<String> left = new ArrayList<>(audit.drain());
    try {
      audit.read(world.database());
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      // A cluster at a standstill may not answer. The verdict then lacks what wasn't read.
      left.add("not all could be read: " + e);
    }
    return left;
  }

  /** Injects faults for a while. In half of the runs it replaces a node meanwhile. */
  private void torment(World world, Nodes nodes, Random random) throws Exception {
    boolean replaces = random.nextBoolean();
    int victim = random.nextInt(nodes.size());
    long afterMillis = random.nextInt((int) Math.max(1, storms.toMillis() / 2));
    FutureTask<Void> replacing =
        new FutureTask<>(
            () -> {
              if (replaces) {
                TimeUnit.MILLISECONDS.sleep(afterMillis);
                replace(world.faults(), nodes, victim);
              }
              return null;
            });
    new Thread(replacing, "replacing").start();
    new Nemesis(world.faults(), random).torment(storms);
    replacing.get(REPLACED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void replace(Faults faults, Nodes nodes, int victim) throws Exception {
    faults.handsOff(true);
    try {
      faults.happened(FaultKind.NODE_REPLACED, Phase.HANDING_OFF, "node " + victim);
      nodes.replace(victim);
    } finally {
      faults.handsOff(false);
    }
  }
}
