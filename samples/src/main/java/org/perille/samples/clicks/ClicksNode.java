package org.perille.samples.clicks;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.dispatch.Dispatchers;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.samples.launch.Lifeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of the node, in a process of its own.
 *
 * <p>Publishes its part of the clicks and counts them, until it is stopped or killed.
 */
final class ClicksNode {
  private static final Logger LOG = LoggerFactory.getLogger(ClicksNode.class);
  private static final long CHECK_INTERVAL_MILLIS = 250;
  private static final int NOTE_AFTER = 1000;
  private static final Duration NOTE_EVERY = Duration.ofMillis(200);
  private static final Duration QUIET = Duration.ofSeconds(1);

  /**
   * The task that the launcher hands to a node.
   *
   * @param publishUpTo the number of published clicks at which the node's part is complete
   */
  record Task(
      Path data,
      int clicks,
      int links,
      long seed,
      int rate,
      int publishUpTo,
      Optional<Crash> crash) {

    List<String> arguments() {
      return List.of(
          data.toString(),
          String.valueOf(clicks),
          String.valueOf(links),
          String.valueOf(seed),
          String.valueOf(rate),
          String.valueOf(publishUpTo),
          crash.map(c -> c.place().name()).orElse("-"),
          crash.map(c -> String.valueOf(c.pass())).orElse("-"));
    }

    static Task of(List<String> arguments) {
      return new Task(
          Path.of(arguments.get(0)),
          Integer.parseInt(arguments.get(1)),
          Integer.parseInt(arguments.get(2)),
          Long.parseLong(arguments.get(3)),
          Integer.parseInt(arguments.get(4)),
          Integer.parseInt(arguments.get(5)),
          arguments.get(6).equals("-")
              ? Optional.empty()
              : Optional.of(
                  new Crash(
                      Crash.Place.valueOf(arguments.get(6)), Integer.parseInt(arguments.get(7)))));
    }
  }

  private final Task task;
  private final Perille perille;
  private final Counters counters;
  private final NaiveTable table;

  private ClicksNode(Task task, Perille perille, Counters counters, NaiveTable table) {
    this.task = task;
    this.perille = perille;
    this.counters = counters;
    this.table = table;
  }

  public static void main(String[] arguments) throws InterruptedException {
    CompletableFuture<Void> stopRequest = Lifeline.watch();
    try {
      run(Task.of(List.of(arguments)), stopRequest);
    } catch (SQLException | RuntimeException e) {
      // The launcher restarts the node, which resumes from its durable state.
      LOG.error("The node failed", e);
      System.err.println("The node failed: " + e);
      Runtime.getRuntime().halt(1);
    }
    System.exit(0);
  }

  private static void run(Task task, CompletableFuture<Void> stopRequest)
      throws SQLException, InterruptedException {
    try (NaiveTable table = NaiveTable.open(task.data)) {
      Counters counters = new Counters(table, CrashPoint.of(task.crash, System.out));
      try (Perille perille = Perille.start(ConfigFactory.load("clicks"), counters.definitions())) {
        ClicksNode node = new ClicksNode(task, perille, counters, table);
        node.publish().toCompletableFuture().join();
        node.awaitHandled();
        System.out.println(NodeLine.HANDLED.with(""));
        stopRequest.join();
      }
    }
  }

  /** Publishes from the first click that isn't known to be stored. Repeats a few clicks. */
  private CompletionStage<Done> publish() throws SQLException {
    int first = table.published();
    Traffic traffic = new Traffic(task.clicks, task.links, task.seed);
    LOG.info("Publishing the clicks {} to {}", first, task.publishUpTo);
    return Source.range(first, task.publishUpTo - 1)
        .throttle(task.rate, Duration.ofSeconds(1))
        .map(number -> Message.of(traffic.click(number)).withId(MessageId.of(Traffic.id(number))))
        .via(perille.publisher(Counters.CLICKS).flow())
        .zipWithIndex()
        .map(receipt -> first + receipt.second().intValue() + 1)
        .groupedWithin(NOTE_AFTER, NOTE_EVERY)
        .async(Dispatchers.DefaultBlockingDispatcherId())
        .runForeach(published -> note(published.get(published.size() - 1)), perille.system());
  }

  private void note(int published) throws SQLException {
    table.published(published);
    System.out.println(NodeLine.PUBLISHED.with(String.valueOf(published)));
  }

  private void awaitHandled() throws InterruptedException {
    long ended = -1;
    long quietSince = System.nanoTime();
    while (System.nanoTime() - quietSince < QUIET.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(CHECK_INTERVAL_MILLIS);
      long now = counters.cursorFirstEnded();
      // An at-most-once cursor is ahead of the work. A cursor at the end of the topic doesn't mean
      // that the handler has finished.
      if (now != ended || !counters.subscriptions().stream().allMatch(this::hasHandledAll)) {
        ended = now;
        quietSince = System.nanoTime();
      }
    }
  }

  private boolean hasHandledAll(Subscription<Click> subscription) {
    SubscriptionStatus status =
        perille.subscription(subscription).status().toCompletableFuture().join();
    return status.attached() && status.lag() == 0;
  }
}
