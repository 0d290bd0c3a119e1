package org.perille.proof.fuzz;

/** Where Jazzer enters: it calls these methods by their names, in a process of its own. */
public final class JazzerEntry {
  private static volatile FuzzTarget target;

  private JazzerEntry() {}

  /**
   * Chooses the target.
   *
   * @param arguments the target's name
   */
  public static void fuzzerInitialize(String[] arguments) {
    // The process ends without a farewell: nobody closes the actor system.
    @SuppressWarnings("resource")
    FuzzTargets targets = new FuzzTargets();
    target = targets.named(arguments[0]);
  }

  /** Feeds the target. */
  public static void fuzzerTestOneInput(byte[] input) throws Throwable {
    MemoryLimit.accept(target, input);
  }
}
