package org.perille.benchmarks.contender;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process with the class path of this one. */
public final class JavaProcess {
  /** A heap that is large enough for all contenders, and touched before the trial. */
  public static final List<String> USUAL_HEAP = List.of("-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch");

  private JavaProcess() {}

  /** Returns the builder of a process. */
  public static ProcessBuilder of(String main, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }
}
