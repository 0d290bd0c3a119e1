package org.perille.samples.transfer;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.perille.Perille;
import org.perille.samples.launch.Journal;
import org.perille.samples.launch.Lifeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process of a node: its teller, and its share of the balances and of the audit. */
final class TransferNode {
  private static final Logger LOG = LoggerFactory.getLogger(TransferNode.class);

  /** The line that says that all transfers of the node have outcomes. */
  static final String MADE = "MADE";

  /**
   * The task of a process.
   *
   * @param node the number of the node, from 0
   */
  record Task(Path data, int node, Options options) {
    List<String> arguments() {
      return List.of(
          data.toString(),
          String.valueOf(node),
          String.valueOf(options.accounts()),
          String.valueOf(options.transfers()),
          String.valueOf(options.seed()),
          String.valueOf(options.naive()));
    }

    static Task of(String[] arguments) {
      return new Task(
          Path.of(arguments[0]),
          Integer.parseInt(arguments[1]),
          Options.DEFAULT.with(
              Integer.parseInt(arguments[2]),
              Integer.parseInt(arguments[3]),
              Integer.parseInt(arguments[4]),
              Boolean.parseBoolean(arguments[5])));
    }

    /** Returns the transfers of this node that no process of it has begun. */
    List<Plan.Transfer> transfers() {
      Set<Integer> begun = Teller.begun(data);
      return options.plan().transfers().stream()
          .filter(transfer -> transfer.number() % TransferMain.NODES == node)
          .filter(transfer -> !begun.contains(transfer.number()))
          .toList();
    }
  }

  private TransferNode() {}

  public static void main(String[] arguments) throws InterruptedException {
    CompletableFuture<Void> stopRequest = Lifeline.watch();
    try {
      run(Task.of(arguments), stopRequest);
    } catch (IOException | RuntimeException e) {
      // The launcher starts the node again.
      LOG.error("The node failed", e);
      System.err.println("The node failed: " + e);
      Runtime.getRuntime().halt(1);
    }
    System.exit(0);
  }

  private static void run(Task task, CompletableFuture<Void> stopRequest)
      throws IOException, InterruptedException {
    String name = "node-" + task.node;
    try (Journal seen = Journal.open(task.data, Sighting.KIND, name);
        Journal begun = Journal.open(task.data, Teller.KIND, name);
        Perille perille =
            Perille.start(ConfigFactory.load("transfer"), Bank.BALANCES, Bank.auditor(seen))) {
      int unknown =
          new Teller(perille, task.options.naive(), begun)
              .make(task.transfers(), TransferMain.PAUSE_MILLIS);
      LOG.info("All transfers have outcomes; {} are unknown", unknown);
      System.out.println(MADE);
      stopRequest.join();
    }
  }
}
