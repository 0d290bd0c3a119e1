package org.perille.samples.transfer;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.perille.KeyState;
import org.perille.Perille;
import org.perille.PerilleException;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.samples.launch.DataDirectory;
import org.perille.samples.launch.Journal;
import org.perille.samples.launch.PostgresServer;
import org.perille.samples.launch.WrongUseException;

/** The sample's command line. Runs the nodes, kills some, and prints the verdict. */
public final class TransferMain {
  static final int NODES = 3;

  /** The pause between two transfers of a node, so that there is time for kills. */
  static final long PAUSE_MILLIS = 5;

  private static final int WRONG_USE = 2;
  private static final long CHECK_MILLIS = 200;

  /** The time in which all must be handled after the last node has stopped. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** The time for which nothing may change before the naive way is judged. */
  private static final Duration QUIET = Duration.ofSeconds(2);

  private TransferMain() {}

  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out));
  }

  private static int run(List<String> arguments, PrintStream out) {
    try {
      Options options = Options.parse(arguments);
      if (options.help()) {
        out.println(Options.USAGE);
        return 0;
      }
      return run(options, out);
    } catch (WrongUseException | PerilleException e) {
      System.err.println("transfer: " + e.getMessage());
      return WRONG_USE;
    } catch (IOException e) {
      System.err.println("transfer: " + e);
      return WRONG_USE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return WRONG_USE;
    }
  }

  private static int run(Options options, PrintStream out)
      throws IOException, InterruptedException {
    try (DataDirectory data = DataDirectory.open(Optional.empty(), "transfer", List.of())) {
      Path directory = data.path();
      System.setProperty("sample.log", directory.resolve("launcher.log").toString());
      out.printf(
          "%,d transfers between %,d accounts by %s, seed %d; %d nodes and an embedded PostgreSQL, in %s%n",
          options.plan().transfers().size(),
          options.accounts(),
          options.naive() ? "two publishes each" : "transactions",
          options.seed(),
          NODES,
          directory);
      try (PostgresServer postgres = PostgresServer.start(directory)) {
        Map<String, String> storage =
            Map.of(
                "perille.storage.profile", "postgresql",
                "perille.storage.postgresql.url", postgres.url(),
                "perille.storage.postgresql.user", "postgres");
        try (NodeKeeper keeper = new NodeKeeper(directory, options, storage, out)) {
          keeper.keepUntilMade();
          keeper.stop();
        }
        Verdict verdict = judge(options, directory, storage);
        out.printf("%n%s", verdict.text());
        data.ended();
        return verdict.holds() ? 0 : 1;
      }
    }
  }

  /** Judges the run from a node that has made no transfer itself. */
  private static Verdict judge(Options options, Path directory, Map<String, String> storage)
      throws IOException, InterruptedException {
    Config config =
        ConfigFactory.load(
            ConfigFactory.parseMap(storage)
                .withFallback(ConfigFactory.parseResources("transfer.conf")));
    try (Journal seen = Journal.open(directory, Sighting.KIND, "launcher")) {
      Subscription<Booking> auditor = Bank.auditor(seen);
      try (Perille perille = Perille.start(config, Bank.BALANCES, auditor)) {
        awaitHandled(perille, auditor, directory, options.naive());
        return new Verdict(
            options.plan().cents(),
            Teller.begun(directory).size(),
            balances(perille, options.plan()),
            Audit.read(directory),
            options.naive());
      }
    }
  }

  /**
   * Waits until everything is handled: with transactions until no half is left, and in the naive
   * way until nothing changes.
   */
  private static void awaitHandled(
      Perille perille, Subscription<Booking> auditor, Path directory, boolean naive)
      throws InterruptedException {
    long begun = System.nanoTime();
    long changed = begun;
    long seen = -1;
    while (System.nanoTime() - begun < PATIENCE.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(CHECK_MILLIS);
      Audit audit = Audit.read(directory);
      if (audit.seen() != seen || !isHandled(perille, auditor)) {
        seen = audit.seen();
        changed = System.nanoTime();
      } else if (System.nanoTime() - changed > QUIET.toNanos() && (naive || audit.halves() == 0)) {
        return;
      }
    }
  }

  private static boolean isHandled(Perille perille, Subscription<Booking> auditor) {
    return isHandled(perille.subscription(Bank.BALANCES).status().toCompletableFuture().join())
        && isHandled(perille.subscription(auditor).status().toCompletableFuture().join());
  }

  private static boolean isHandled(SubscriptionStatus status) {
    return status.attached() && status.lag() == 0;
  }

  private static List<Balance> balances(Perille perille, Plan plan) {
    List<CompletableFuture<KeyState<Balance>>> asked = new ArrayList<>();
    plan.accounts()
        .forEach(
            account ->
                asked.add(
                    perille
                        .subscription(Bank.BALANCES)
                        .key(account)
                        .state()
                        .toCompletableFuture()));
    return asked.stream().map(state -> state.join().state()).toList();
  }
}
