package org.perille.benchmarks.nodes;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.benchmarks.contender.Due;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;
import org.perille.benchmarks.trial.Meter;

/** A node that publishes its share of the parcels, and handles its share of the partitions. */
public final class NodeMain {
  private static final Topic<Parcel> PARCELS =
      Topic.of("parcels", Parcel.class).keyedBy(Parcel::key).withPartitions(16);

  private static final int BYTES = 200;

  /** The line that the node prints when it is a member of the complete cluster. */
  static final String READY = "ready";

  /** The line that the node prints when all its parcels are stored, followed by their number. */
  static final String SENT = "sent";

  /**
   * The line that ends the node, when all parcels are handled. It answers any other line with its
   * count.
   */
  static final String END = "end";

  /**
   * The task of a node.
   *
   * @param nodes the number of nodes of the cluster
   * @param rate the parcels per second of this node; 0 for as many as possible
   * @param inFlight the limit of parcels that aren't stored yet, if there is no rate
   * @param results the path prefix of the result files
   */
  record Duty(
      String databaseUrl,
      int port,
      int seedPort,
      int nodes,
      int rate,
      int inFlight,
      int warmUpSeconds,
      int seconds,
      Path results) {

    String[] arguments() {
      return new String[] {
        databaseUrl,
        String.valueOf(port),
        String.valueOf(seedPort),
        String.valueOf(nodes),
        String.valueOf(rate),
        String.valueOf(inFlight),
        String.valueOf(warmUpSeconds),
        String.valueOf(seconds),
        results.toString()
      };
    }

    static Duty of(String[] arguments) {
      int[] numbers = new int[7];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Integer.parseInt(arguments[i + 1]);
      }
      return new Duty(
          arguments[0],
          numbers[0],
          numbers[1],
          numbers[2],
          numbers[3],
          numbers[4],
          numbers[5],
          numbers[6],
          Path.of(arguments[8]));
    }

    Path published() {
      return results.resolveSibling(results.getFileName() + ".published");
    }

    Path handled() {
      return results.resolveSibling(results.getFileName() + ".handled");
    }

    private Config config() {
      return ConfigFactory.parseMap(
              Map.of(
                  "pekko.remote.artery.canonical.hostname",
                  "127.0.0.1",
                  "pekko.remote.artery.canonical.port",
                  port,
                  "pekko.cluster.seed-nodes",
                  List.of("pekko://perille@127.0.0.1:" + seedPort)))
          .withFallback(Stand.perilleConfig(databaseUrl));
    }
  }

  private final Duty duty;
  private final BufferedReader orders =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private volatile Meter handled;

  private NodeMain(Duty duty) {
    this.duty = duty;
  }

  /** Runs a node with the arguments of {@link Duty#arguments}, and commands from standard input. */
  public static void main(String[] arguments) throws Exception {
    new NodeMain(Duty.of(arguments)).run();
    System.exit(0);
  }

  private void run() throws Exception {
    try (Perille perille =
        Perille.start(
            duty.config(),
            Subscription.of("handling", PARCELS)
                .atLeastOnce(parcel -> handled.done(Parcel.dueNanos(parcel.payload().bytes()))))) {
      while (members(perille) < duty.nodes()) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      }
      System.out.println(READY);
      long begin = Long.parseLong(orders.readLine());
      long from = begin + TimeUnit.SECONDS.toNanos(duty.warmUpSeconds());
      handled = new Meter(from, duty.seconds());
      Meter published = new Meter(from, duty.seconds());
      send(perille.publisher(PARCELS), begin, published);
      System.out.println(SENT);
      System.out.println(published.count());
      while (!orders.readLine().equals(END)) {
        System.out.println(handled.count());
      }
      published.result().write(duty.published());
      handled.result().write(duty.handled());
    }
  }

  private static long members(Perille perille) {
    return StreamSupport.stream(
            Cluster.get(perille.system()).state().getMembers().spliterator(), false)
        .filter(member -> member.status().equals(MemberStatus.up()))
        .count();
  }

  /** Sends until the time is over, and waits until all parcels are stored. */
  private void send(Publisher<Parcel> publisher, long begin, Meter published)
      throws InterruptedException {
    Parcel.Source source = new Parcel.Source(BYTES, duty.port());
    Semaphore room = new Semaphore(duty.inFlight());
    long end = begin + TimeUnit.SECONDS.toNanos(duty.warmUpSeconds() + duty.seconds());
    Due.await(begin);
    for (long sent = 0; ; sent++) {
      room.acquire();
      long due = System.nanoTime();
      if (duty.rate() > 0) {
        due = begin + sent * 1_000_000_000L / duty.rate();
        Due.await(due);
      }
      if (due - end >= 0) {
        room.release();
        room.acquire(duty.inFlight());
        return;
      }
      store(publisher, source.next(due), due, published).whenComplete((r, f) -> room.release());
    }
  }

  private static CompletionStage<?> store(
      Publisher<Parcel> publisher, Parcel parcel, long due, Meter published) {
    return publisher
        .publish(parcel)
        .whenComplete(
            (receipt, failure) -> {
              if (failure != null) {
                failure.printStackTrace();
                // The figures of a run with failures mean nothing.
                Runtime.getRuntime().halt(1);
              }
              published.done(due);
            });
  }
}
