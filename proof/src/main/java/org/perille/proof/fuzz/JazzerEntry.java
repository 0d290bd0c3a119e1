package org.perille.proof.fuzz;

/** The entry point of Jazzer, which calls these methods by name, in a process of its own. */
public final class JazzerEntry {
  private static volatile FuzzTarget target;

  private JazzerEntry() {}

  /**
   * Chooses the target.
   *
   * @param arguments the target's name
   */
  public static void fuzzerInitialize(String[] arguments) {
    // The process ends without a notification, so that nothing can close the actor system.
    @SuppressWarnings("resource")
    FuzzTargets targets = new FuzzTargets();
    target = targets.named(arguments[0]);
  }

  /** Passes an input to the target. */
  public static void fuzzerTestOneInput(byte[] input) throws Throwable {
    MemoryLimit.accept(target, input);
  }
}
