package org.perille.samples.orders;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.perille.PerilleException;
import org.perille.samples.launch.DataDirectory;
import org.perille.samples.launch.WrongUseException;

/** The sample's command line. Starts the nodes, shows progress, and reconciles at the end. */
public final class OrdersMain {
  private static final int WRONG_USE = 2;

  private OrdersMain() {}

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
      System.err.println("orders: " + e.getMessage());
      return WRONG_USE;
    } catch (IOException | SQLException e) {
      System.err.println("orders: " + e);
      return WRONG_USE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return WRONG_USE;
    }
  }

  private static int run(Options options, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    InvoiceFile file = InvoiceFile.of(options.input());
    List<String> contents =
        List.of(
            options.nodes() == 1 ? "one node on H2" : "several nodes on PostgreSQL",
            "the input with SHA-256 " + file.fingerprint().substring(0, 12));
    try (DataDirectory data = DataDirectory.open(options.data(), "orders", contents)) {
      System.setProperty("sample.log", data.path().resolve("node.log").toString());
      boolean holds =
          options.nodes() == 1 ? runAlone(options, data, out) : NodeCluster.run(options, data, out);
      data.ended();
      return holds ? 0 : 1;
    }
  }

  private static boolean runAlone(Options options, DataDirectory data, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    Path directory = data.path();
    Config config =
        ConfigFactory.load(
            ConfigFactory.parseMap(
                    Map.of(
                        "perille.storage.profile",
                        "h2",
                        "perille.storage.h2.directory",
                        directory.resolve("perille").toString()))
                .withFallback(ConfigFactory.parseResources("orders.conf")));
    out.println(
        "One node on embedded H2, in " + directory + ", pid " + ProcessHandle.current().pid());
    Progress progress = new Progress(out);
    OrdersNode node =
        OrdersNode.start(
            new OrdersNode.Settings("node", directory, options.input(), options.rate(), config));
    try (Shop shop = OrdersNode.shop(config, directory)) {
      progress.untilHandled(shop, directory, () -> Progress.Work.GOES_ON);
      node.close();
      return progress.report(shop, directory, InvoiceFile.of(options.input()), data.hasCrashed());
    }
  }
}
