package org.perille.benchmarks.trial;

import java.nio.file.Path;
import org.perille.benchmarks.contender.Contender;
import org.perille.benchmarks.contender.Contenders;
import org.perille.benchmarks.contender.Job;
import org.perille.benchmarks.contender.Payload;
import org.perille.benchmarks.contender.Work;

/** A trial in a process of its own, so that no contender is affected by another one's leftovers. */
public final class TrialMain {
  private TrialMain() {}

  /** Returns the arguments with which to start a trial. */
  public static String[] arguments(Setting setting, Path result) {
    return new String[] {
      setting.contender(),
      setting.work().job().name(),
      Integer.toString(setting.work().subscriptions()),
      Integer.toString(setting.rate()),
      setting.payload().name(),
      Integer.toString(setting.bytes()),
      Integer.toString(setting.warmUpSeconds()),
      Integer.toString(setting.seconds()),
      result.toString()
    };
  }

  /** Runs a trial with the arguments of {@link #arguments}. Exits with 1 if it failed. */
  public static void main(String[] arguments) {
    Setting setting =
        new Setting(
            arguments[0],
            new Work(Job.valueOf(arguments[1]), Integer.parseInt(arguments[2])),
            Integer.parseInt(arguments[3]),
            Payload.valueOf(arguments[4]),
            Integer.parseInt(arguments[5]),
            Integer.parseInt(arguments[6]),
            Integer.parseInt(arguments[7]));
    int exitCode = 0;
    try (Contender contender = Contenders.named(setting.contender())) {
      new Trial(setting, contender).run().write(Path.of(arguments[8]));
    } catch (Exception e) {
      e.printStackTrace();
      exitCode = 1;
    }
    // Threads of clients may outlive their close().
    System.exit(exitCode);
  }
}
