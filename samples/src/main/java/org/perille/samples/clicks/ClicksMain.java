package org.perille.samples.clicks;

import java.io.IOException;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.List;
import org.perille.PerilleException;
import org.perille.samples.launch.DataDirectory;
import org.perille.samples.launch.WrongUseException;

/** The sample's command line. Runs the node, restarts it after crashes, and prints the verdict. */
public final class ClicksMain {
  private static final int WRONG_USE = 2;

  private ClicksMain() {}

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
      System.err.println("clicks: " + e.getMessage());
      return WRONG_USE;
    } catch (IOException | SQLException e) {
      System.err.println("clicks: " + e);
      return WRONG_USE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return WRONG_USE;
    }
  }

  private static int run(Options options, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    try (DataDirectory data = DataDirectory.open(options.data(), "clicks", options.contents())) {
      System.setProperty("sample.log", data.path().resolve("launcher.log").toString());
      out.printf(
          "%,d clicks on %,d links, seed %d; one node on embedded H2, in %s%n",
          options.clicks(), options.links(), options.seed(), data.path());
      try (NodeKeeper keeper = new NodeKeeper(data, options, out)) {
        keeper.keepUntilHandled();
      }
      boolean holds = Judge.judge(options.traffic(), data.path(), out);
      data.ended();
      return holds ? 0 : 1;
    }
  }
}
