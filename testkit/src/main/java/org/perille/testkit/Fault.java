package org.perille.testkit;

import java.util.function.Supplier;

/** A fault while a message is handled. */
sealed interface Fault {
  /** The attempt fails before its handler is called. */
  record Throws(Supplier<? extends Exception> failure) implements Fault {}

  /** The handler is called, and its answer is lost. */
  record LosesAnswer() implements Fault {}

  /** The handler doesn't return until the kit is closed. */
  record Hangs() implements Fault {}

  /** The node crashes. */
  record Crashes(CrashPoint point) implements Fault {}
}
