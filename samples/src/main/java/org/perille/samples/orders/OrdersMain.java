package org.perille.samples.orders;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.perille.PerilleException;

/** The sample's command line: starts what is needed, shows progress, and reconciles at the end. */
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
      InvoiceFile.of(options.input()).requireUsable();
      return run(options, out);
    } catch (Options.WrongOptionException
        | InvoiceFile.UnusableFileException
        | PerilleException e) {
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
    Path data =
        options.data().isPresent()
            ? Files.createDirectories(options.data().get()).toAbsolutePath()
            : Files.createTempDirectory("perille-orders");
    System.setProperty("sample.log", data.resolve("node.log").toString());
    try {
      Crashes crashes = Crashes.begin(data);
      boolean holds =
          options.nodes() == 1
              ? runAlone(options, data, crashes, out)
              : NodeCluster.run(options, data, crashes, out);
      crashes.end();
      return holds ? 0 : 1;
    } finally {
      if (options.data().isEmpty()) {
        delete(data);
      }
    }
  }

  private static boolean runAlone(Options options, Path data, Crashes crashes, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    Config config =
        ConfigFactory.load(
            ConfigFactory.parseMap(
                Map.of(
                    "perille.storage.profile", "h2",
                    "perille.storage.h2.directory", data.resolve("perille").toString(),
                    "perille.publisher.timeout", "10 minutes")));
    out.println("One node on embedded H2, in " + data + ", pid " + ProcessHandle.current().pid());
    Progress progress = new Progress(out);
    OrdersNode node =
        OrdersNode.start(
            new OrdersNode.Settings("node", data, options.input(), options.rate(), config));
    try (Shop shop = OrdersNode.shop(config, data)) {
      progress.untilHandled(shop, data, () -> {});
      node.close();
      return progress.report(shop, data, InvoiceFile.of(options.input()), crashes.any());
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
