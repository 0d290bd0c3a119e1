package org.perille.proof.cluster;

import java.nio.file.Path;
import org.perille.proof.workload.Report;

/** The fault suite on a real cluster, from the command line. */
public final class ClusterMain {
  private ClusterMain() {}

  /**
   * Runs the suite. Exits with 0 if nothing was found and the run did what it claims, 1 if not, 2
   * if misused.
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
      System.out.println(Options.USAGE);
      System.exit(0);
    }
    if (arguments.length == 2 && arguments[0].equals("--judge")) {
      boolean good =
          new Report(Report.Claims.NONE, NodeMain.TEMPO.timeout(), System.out)
              .judge(Path.of(arguments[1]));
      System.exit(good ? 0 : 1);
    }
    try {
      System.exit(new FaultSuite(Options.parse(arguments), System.out).run() ? 0 : 1);
    } catch (Options.WrongUseException e) {
      System.err.println("proof/run cluster: " + e.getMessage());
      System.exit(2);
    }
  }
}
