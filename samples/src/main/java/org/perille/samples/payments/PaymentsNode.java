package org.perille.samples.payments;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.perille.Definition;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.samples.launch.Journal;
import org.perille.samples.launch.Lifeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node, in a process of its own: Perille on embedded H2, the services and the client.
 *
 * <p>It resumes where the process before it stopped, and runs until its own crash or until
 * everything is handled.
 */
final class PaymentsNode implements AutoCloseable {
  /** The exit code of a process whose remaining work only another process can do. */
  static final int START_ANOTHER = 3;

  private static final Logger LOG = LoggerFactory.getLogger(PaymentsNode.class);
  private static final int FAILED = 1;
  private static final long CHECK_INTERVAL_MILLIS = 100;

  private final Path directory;
  private final Plan plan;
  private final CrashPoint crashPoint;
  private final Bank bank;
  private final Journal pushes;
  private final ClientNotes notes;
  private final Services services;
  private final Perille perille;
  private final Client client;

  private PaymentsNode(Path directory, int providerPort, Plan plan)
      throws IOException, SQLException {
    this.directory = directory;
    this.plan = plan;
    this.crashPoint = CrashPoint.next(directory, plan);
    this.bank = Bank.open(directory);
    this.pushes = Journal.open(directory, Evidence.PUSHES, "node");
    ClientNotes.Content known = ClientNotes.read(directory);
    this.notes = ClientNotes.open(directory, UUID.randomUUID().toString());
    this.services =
        new Services(
            new Services.Outside(pushes, bank, new ProviderClient(providerPort), crashPoint));
    this.perille =
        Perille.start(
            ConfigFactory.load("payments"), services.subscriptions().toArray(Definition[]::new));
    this.client = new Client(perille, services.ledger(), plan, notes, known);
  }

  /**
   * Runs the node.
   *
   * @param arguments the directory, the provider's port, and the settings of the plan
   */
  public static void main(String[] arguments) {
    CompletableFuture<Void> launcher = Lifeline.watch();
    try {
      System.exit(run(arguments, launcher));
    } catch (Exception e) {
      LOG.error("The node failed. The launcher restarts it", e);
      e.printStackTrace();
      Runtime.getRuntime().halt(FAILED);
    }
  }

  private static int run(String[] arguments, CompletableFuture<Void> launcher) throws Exception {
    Plan plan =
        Plan.of(
            new Plan.Settings(
                Long.parseLong(arguments[2]),
                Integer.parseInt(arguments[3]),
                Integer.parseInt(arguments[4])));
    try (PaymentsNode node =
        new PaymentsNode(Path.of(arguments[0]), Integer.parseInt(arguments[1]), plan)) {
      return node.work(launcher);
    }
  }

  private int work(CompletableFuture<Void> launcher) throws IOException, InterruptedException {
    client.repeatOfOtherProcesses().toCompletableFuture().join();
    client.ask(plan.requestsUntilCrash(crashPoint.crashesBefore())).toCompletableFuture().join();
    if (!crashPoint.isBehind()) {
      // The node crashes when the payment that it has requested is charged. Until then it has no
      // work.
      CompletableFuture.anyOf(launcher, perille.system().getWhenTerminated().toCompletableFuture())
          .join();
      throw new IllegalStateException("the node was stopped instead of crashing");
    }
    if (client.needsAnotherProcess()) {
      return START_ANOTHER;
    }
    awaitHandled();
    audit().write(directory);
    return 0;
  }

  /** Waits for the bookings, which follow from the requests: until all are stored, then handled. */
  private void awaitHandled() throws InterruptedException {
    while (stored(services.statement()) < plan.booked().size()
        || !services.subscriptions().stream().allMatch(this::hasHandledAll)) {
      TimeUnit.MILLISECONDS.sleep(CHECK_INTERVAL_MILLIS);
    }
  }

  private boolean hasHandledAll(Subscription<?> subscription) {
    SubscriptionStatus status =
        perille.subscription(subscription).status().toCompletableFuture().join();
    return status.attached() && status.lag() == 0;
  }

  private long stored(Subscription<?> subscription) {
    return perille
        .subscription(subscription)
        .status()
        .toCompletableFuture()
        .join()
        .partitions()
        .stream()
        .mapToLong(SubscriptionStatus.PartitionStatus::endOffset)
        .sum();
  }

  private Audit audit() {
    Map<String, Account> accounts = new HashMap<>();
    for (String account : plan.balances().keySet()) {
      accounts.put(
          account,
          perille
              .subscription(services.ledger())
              .key(account)
              .state()
              .toCompletableFuture()
              .join()
              .state());
    }
    return new Audit(stored(services.ledger()), stored(services.statement()), accounts);
  }

  @Override
  public void close() throws IOException {
    perille.close();
    client.close();
    notes.close();
    pushes.close();
    bank.close();
  }
}
