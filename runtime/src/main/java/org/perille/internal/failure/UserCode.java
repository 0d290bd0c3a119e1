package org.perille.internal.failure;

import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;

/**
 * The rules for calls of the application's code, and helpers that enforce them.
 *
 * <p>The application's code is: handlers of every kind, {@code apply} and {@code emptyState},
 * serializers, codecs, key functions, predicates, and the methods of the throwables they throw.
 *
 * <p><b>Nothing that such code throws is fatal.</b> Each throwable is a failed attempt at one
 * message, and the retry policy decides what follows. Therefore every caller of such code catches
 * {@link Throwable}. No throwable may reach the thread's pool, an actor's supervision, or Pekko's
 * handler of fatal errors. That handler ends the JVM, and the same message would then end the JVM
 * of the next node. In detail:
 *
 * <ul>
 *   <li>{@link StackOverflowError}: the message is nested too deeply, or the code recurses without
 *       end. The stack is unwound when the error is caught, and the JVM is intact.
 *   <li>{@link OutOfMemoryError}: often one message asks for too much memory, and would end node
 *       after node. The error doesn't tell whether the heap is really exhausted. To end the JVM in
 *       this case, set {@code -XX:+ExitOnOutOfMemoryError}; it takes effect before any code can
 *       catch the error.
 *   <li>{@link LinkageError} ({@link NoClassDefFoundError}, {@link ExceptionInInitializerError} …):
 *       a class of the application is missing or broken on this node. Another node or the next
 *       deployment may have it. Therefore the error isn't permanent unless the policy says so.
 *   <li>{@link InternalError} and other {@link VirtualMachineError}s: a JVM that can't go on aborts
 *       and throws nothing. The JDK's libraries throw these errors for files that vanish under a
 *       mapping.
 *   <li>{@link ThreadDeath}: other code has stopped the thread in this call. The call is over. JDK
 *       20 and later can't stop threads any more.
 *   <li>{@link AssertionError}: a check of the application, handled as any other exception.
 *   <li>{@link InterruptedException}: the runtime never interrupts a handler, so the application
 *       did. It ends this attempt and must not end the next one: see {@link #clearInterrupt}.
 * </ul>
 *
 * <p>A throwable of the runtime itself, outside such a call, isn't a failed attempt. It ends the
 * worker, which restarts with the durable state.
 *
 * <p>The throwables are the application's code, too: their methods may throw, and their causes may
 * form a cycle. Therefore only this class calls their methods.
 */
public final class UserCode {
  /** The maximum number of causes that are read. Longer chains are cyclic, or of no use. */
  private static final int MAX_CAUSES = 100;

  private UserCode() {}

  /**
   * Clears the interrupt flag of the current thread. Call it when the application's code has
   * returned.
   *
   * <p>The same thread next runs the handler of another message, or accesses a database, and H2
   * closes its files when an interrupted thread reads them.
   */
  public static void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  /** Returns the failure of a stage, without the wrapper of {@code CompletableFuture}. */
  public static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException ? causeOf(failure).orElse(failure) : failure;
  }

  /** Returns the cause; empty if there is none, or if {@code getCause} throws. */
  public static Optional<Throwable> causeOf(Throwable failure) {
    try {
      return Optional.ofNullable(failure.getCause());
    } catch (Throwable e) {
      return Optional.empty();
    }
  }

  /** Returns the first throwable that meets a condition, among a failure and its causes. */
  public static Optional<Throwable> find(Throwable failure, Predicate<Throwable> condition) {
    Optional<Throwable> cause = Optional.of(failure);
    for (int i = 0; i < MAX_CAUSES && cause.isPresent(); i++) {
      if (condition.test(cause.get())) {
        return cause;
      }
      cause = causeOf(cause.get());
    }
    return Optional.empty();
  }

  /** Returns the last of a failure's causes; the failure itself if it has none. */
  public static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    for (int i = 0; i < MAX_CAUSES; i++) {
      Optional<Throwable> cause = causeOf(root);
      if (cause.isEmpty()) {
        break;
      }
      root = cause.get();
    }
    return root;
  }

  /** Returns the message: empty if there is none, a placeholder if {@code getMessage} throws. */
  public static String messageOf(Throwable failure) {
    try {
      String message = failure.getMessage();
      return message == null ? "" : message;
    } catch (Throwable e) {
      return "(no message: getMessage() threw %s)".formatted(e.getClass().getName());
    }
  }

  /** Returns the class and the message, as {@link Throwable#toString} does. */
  public static String describe(Throwable failure) {
    try {
      return String.valueOf(failure);
    } catch (Throwable e) {
      return failure.getClass().getName() + ": " + messageOf(failure);
    }
  }

  /** Returns the stack trace; an empty one if {@code getStackTrace} throws. */
  public static StackTraceElement[] stackOf(Throwable failure) {
    try {
      return failure.getStackTrace().clone();
    } catch (Throwable e) {
      return new StackTraceElement[0];
    }
  }

  /**
   * Returns a throwable that a logger can print with its stack trace.
   *
   * <p>It is the failure itself, or a substitute that names it if a method of the failure, of its
   * causes or of its suppressed throwables throws.
   */
  public static Throwable loggable(Throwable failure) {
    try {
      return read(failure, 0) < 0 ? new UnreadableException(failure) : failure;
    } catch (Throwable e) {
      return new UnreadableException(failure);
    }
  }

  /**
   * Calls every method that a logger may call. The result only keeps the calls from being optimized
   * away.
   */
  private static int read(Throwable failure, int depth) {
    int read = String.valueOf(failure).length() + failure.getStackTrace().length;
    read += String.valueOf(failure.getMessage()).length();
    read += String.valueOf(failure.getLocalizedMessage()).length();
    if (depth < MAX_CAUSES && failure.getCause() != null) {
      read += read(failure.getCause(), depth + 1);
    }
    for (Throwable suppressed : depth < 3 ? failure.getSuppressed() : new Throwable[0]) {
      read += read(suppressed, depth + 1);
    }
    return read;
  }

  /** The substitute for a throwable of the application whose own methods throw. */
  static final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableException(Throwable failure) {
      super(failure.getClass().getName() + ": " + messageOf(failure), null, false, false);
    }
  }
}
