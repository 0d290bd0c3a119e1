package org.perille.samples.payments;

import java.io.IOException;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.List;
import org.perille.samples.launch.DataDirectory;
import org.perille.samples.launch.WrongUseException;

/** The sample's command line. Runs the node, restarts it after crashes, and prints the verdict. */
public final class PaymentsMain {
  private static final int WRONG_USE = 2;

  private PaymentsMain() {}

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
    } catch (WrongUseException e) {
      System.err.println("payments: " + e.getMessage());
      return WRONG_USE;
    } catch (IOException | SQLException e) {
      System.err.println("payments: " + e);
      return WRONG_USE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return WRONG_USE;
    }
  }

  private static int run(Options options, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    Plan.Settings settings = options.plan();
    List<String> contents =
        List.of(
            "%d payments".formatted(settings.payments()),
            "the seed %d".formatted(settings.seed()),
            "%d crashes".formatted(settings.crashes()));
    try (DataDirectory data = DataDirectory.open(options.data(), "payments", contents)) {
      System.setProperty("sample.log", data.path().resolve("launcher.log").toString());
      out.println("One node on embedded H2, and a payment provider, in " + data.path());
      try (PaymentProvider provider = PaymentProvider.open(data.path());
          NodeKeeper keeper = new NodeKeeper(data, settings, provider, out)) {
        keeper.keepUntilHandled();
      }
      Plan plan = Plan.of(settings);
      Verdict verdict = Verdict.of(plan, Evidence.read(data.path(), plan, data.hasCrashed()));
      out.print(verdict.text());
      data.ended();
      return verdict.holds() ? 0 : 1;
    }
  }
}
