package org.perille.samples.shop.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.perille.samples.launch.DataDirectory;
import org.perille.samples.launch.WrongUseException;
import org.perille.samples.shop.Books;
import org.perille.samples.shop.Order;
import org.springframework.jdbc.core.JdbcTemplate;

/** The sample's command line. Starts the nodes, places orders, kills nodes, and reconciles. */
public final class ShopMain {
  private static final int WRONG_USE = 2;
  private static final int CRASHES = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Options options;
  private final Nodes nodes;
  private final Client client;
  private final long run = System.currentTimeMillis();

  private ShopMain(Options options, Nodes nodes) {
    this.options = options;
    this.nodes = nodes;
    this.client = new Client(nodes);
  }

  public static void main(String[] arguments) {
    Thread main = Thread.currentThread();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    // Ctrl+C also stops the nodes and the database, and deletes a temporary directory.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  main.interrupt();
                  ended.join();
                }));
    int status = run(List.of(arguments));
    ended.complete(null);
    System.exit(status);
  }

  private static int run(List<String> arguments) {
    try {
      Options options = Options.parse(arguments);
      if (options.help()) {
        System.out.println(Options.USAGE);
        return 0;
      }
      return run(options) ? 0 : 1;
    } catch (WrongUseException e) {
      System.err.println("shop: " + e.getMessage());
    } catch (IOException | ExecutionException e) {
      System.err.println("shop: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return WRONG_USE;
  }

  private static boolean run(Options options)
      throws IOException, InterruptedException, ExecutionException {
    String kind = options.nodes() == 1 ? "one node on H2" : "several nodes on PostgreSQL";
    try (DataDirectory data = DataDirectory.open(options.data(), "shop", List.of(kind))) {
      System.setProperty("sample.log", data.path().resolve("launcher.log").toString());
      System.out.println("The shop, " + kind + ", in " + data.path());
      long begin = System.nanoTime();
      boolean addsUp;
      try (Nodes nodes = Nodes.start(options, data.path())) {
        addsUp = new ShopMain(options, nodes).run(begin);
      }
      data.ended();
      return addsUp;
    }
  }

  private boolean run(long begin) throws IOException, InterruptedException, ExecutionException {
    client.place(new Order("o-" + run + "-first", "anna", "a lamp", 25), 0);
    if (!isHandledInTime()) {
      throw new IOException("the first order isn't handled: " + client.summary());
    }
    System.out.println(
        "The first order was paid and mailed %.1f s after the start of the processes."
            .formatted((System.nanoTime() - begin) / 1e9));
    for (int node = 0; node < nodes.count(); node++) {
      System.out.println("Open %s (pid %d)".formatted(nodes.address(node), nodes.pid(node)));
    }
    if (options.orders() == 0) {
      System.out.println("Ctrl+C closes the shop. A node that you kill starts again.");
      while (true) {
        TimeUnit.SECONDS.sleep(1);
        nodes.keep();
      }
    }
    try (Customers customers = new Customers(client)) {
      CompletableFuture<Void> placing = customers.place(options.orders(), run);
      if (options.crash()) {
        crashWhile(placing, customers);
      }
      placing.get();
      System.out.println("All orders are accepted. Waiting until they are handled ...");
      boolean inTime = isHandledInTime();
      nodes.stop();
      Reconciliation result =
          Reconciliation.of(customers.accepted(), new Books(new JdbcTemplate(nodes.database())));
      System.out.println(result.text());
      return inTime && result.addsUp();
    }
  }

  /** Kills one of the nodes, at random moments of the placing. */
  private void crashWhile(CompletableFuture<Void> placing, Customers customers)
      throws IOException, InterruptedException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int crash = 0; crash < CRASHES; crash++) {
      int moment = options.orders() * crash / CRASHES + random.nextInt(options.orders() / CRASHES);
      while (customers.accepted().size() < moment && !placing.isDone()) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(1, 20));
      }
      int node = random.nextInt(nodes.count());
      nodes.crash(node);
      System.out.println(
          "Node %d was killed after %d orders, and starts again"
              .formatted(node + 1, customers.accepted().size()));
    }
  }

  /** Waits until all orders are paid and mailed. */
  private boolean isHandledInTime() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!client.summary().isHandled()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return true;
  }
}
