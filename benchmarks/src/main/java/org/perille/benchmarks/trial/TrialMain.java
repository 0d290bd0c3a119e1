package org.perille.benchmarks.trial;

import java.nio.file.Path;
import org.perille.benchmarks.contender.Contender;
import org.perille.benchmarks.contender.Contenders;
import org.perille.benchmarks.contender.Job;

/** A trial in a process of its own, so that no contender inherits what another has left behind. */
public final class TrialMain {
  private TrialMain() {}

  /** What to start it with. */
  public static String[] arguments(Setting setting, Path result) {
    return new String[] {
      setting.contender(),
      setting.job().name(),
      Integer.toString(setting.rate()),
      Integer.toString(setting.bytes()),
      Integer.toString(setting.warmUpSeconds()),
      Integer.toString(setting.seconds()),
      result.toString()
    };
  }

  /** Takes what {@link #arguments} gives; exits with 1 if the trial failed. */
  public static void main(String[] arguments) {
    Setting setting =
        new Setting(
            arguments[0],
            Job.valueOf(arguments[1]),
            Integer.parseInt(arguments[2]),
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]),
            Integer.parseInt(arguments[5]));
    int exitCode = 0;
    try (Contender contender = Contenders.named(setting.contender())) {
      new Trial(setting, contender).run().write(Path.of(arguments[6]));
    } catch (Exception e) {
      e.printStackTrace();
      exitCode = 1;
    }
    // Threads of clients may outlive their closing.
    System.exit(exitCode);
  }
}
