package org.perille.internal.failure;

import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;

/**
 * The rules for calls of the application's code: handlers of every kind, {@code apply} and {@code
 * emptyState}, serializers, key functions, predicates, and the methods of what these throw.
 *
 * <p><b>Nothing that such code throws is fatal.</b> Each throwable is a failed attempt at one
 * message, and the retry policy decides what follows. None may reach the thread's pool, an actor's
 * supervision or Pekko's handler of fatal errors, which ends the JVM, and on the next node the next
 * one. So whoever calls such code catches {@link Throwable}. In detail:
 *
 * <ul>
 *   <li>{@link StackOverflowError}: the message is nested too deeply, or the code has no end. The
 *       stack is unwound when it is caught, and nothing is wrong with the JVM.
 *   <li>{@link OutOfMemoryError}: often one message that asks for too much, which would end node
 *       after node. That the heap is really exhausted can't be told from the error. Where a JVM
 *       should end then, {@code -XX:+ExitOnOutOfMemoryError} ends it before anybody can catch it.
 *   <li>{@link LinkageError} ({@link NoClassDefFoundError}, {@link ExceptionInInitializerError} …):
 *       a class of the application is missing or broken on this node. Another node, or the next
 *       deployment, may have it: so it isn't permanent unless the policy says so.
 *   <li>{@link InternalError} and other {@link VirtualMachineError}s: a JVM that can't go on aborts
 *       and throws nothing. The JDK's libraries throw these for files that vanish under a mapping.
 *   <li>{@link ThreadDeath}: other code has stopped the thread in this call. The call is over, and
 *       JDK 20 and later can't do it any more.
 *   <li>{@link AssertionError}: the application's own check, an exception like others.
 *   <li>{@link InterruptedException}: nobody of the runtime interrupts a handler, so the
 *       application has done it. It ends this attempt, and must not end the next one: see {@link
 *       #clearInterrupt}.
 * </ul>
 *
 * <p>What is thrown by the runtime itself, outside such a call, is no failed attempt: it ends the
 * worker, which restarts with what is durable.
 *
 * <p>The throwables are the application's code, too: their methods may throw, and their causes may
 * form a cycle. So nobody calls these methods but this class.
 */
public final class UserCode {
  /** Causes that are looked at: longer chains are cyclic, or nobody reads them. */
  private static final int MAX_CAUSES = 100;

  private UserCode() {}

  /**
   * Takes the interrupt flag off the current thread. To be called when the application's code has
   * returned: the next one on this thread is another message's handler, or a database, and H2
   * closes its files when an interrupted thread reads them.
   */
  public static void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  /** Returns what a stage failed of, without what {@code CompletableFuture} wraps around it. */
  public static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException ? causeOf(failure).orElse(failure) : failure;
  }

  /** Returns the cause; empty if there is none, or if asking for it fails. */
  public static Optional<Throwable> causeOf(Throwable failure) {
    try {
      return Optional.ofNullable(failure.getCause());
    } catch (Throwable e) {
      return Optional.empty();
    }
  }

  /** Returns the first of a failure and its causes that a condition holds for. */
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

  /** Returns the message; empty if there is none, and a placeholder if asking for it fails. */
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

  /** Returns the stack trace; an empty one if asking for it fails. */
  public static StackTraceElement[] stackOf(Throwable failure) {
    try {
      return failure.getStackTrace().clone();
    } catch (Throwable e) {
      return new StackTraceElement[0];
    }
  }

  /**
   * Returns something that a log can show with its stack trace: the failure itself, or a stand-in
   * that names it if one of its methods, or of its causes' and suppressed failures', throws.
   */
  public static Throwable loggable(Throwable failure) {
    try {
      return read(failure, 0) < 0 ? new UnreadableException(failure) : failure;
    } catch (Throwable e) {
      return new UnreadableException(failure);
    }
  }

  /** Calls whatever a log may call; returns something so that it isn't optimized away. */
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

  /** Stands for a failure of the application whose own methods throw. */
  static final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableException(Throwable failure) {
      super(failure.getClass().getName() + ": " + messageOf(failure), null, false, false);
    }
  }
}
