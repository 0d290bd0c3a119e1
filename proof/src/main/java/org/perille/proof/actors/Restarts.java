package org.perille.proof.actors;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;

/**
 * The errors that a run has logged with an exception: mostly failures of actors, which their
 * supervisors have restarted.
 *
 * <p>A restart repairs what an exception of the runtime itself breaks. So such a defect would
 * change nothing that a history shows, except that some attempts are repeated.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class Restarts extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  /** The causes that the faults of a run explain, in a chain of causes. */
  private static final Pattern EXPLAINED =
      Pattern.compile(
          " <- [\\w.$]*("
              + String.join(
                  "|",
                  "FaultyQueue\\$InjectedFailure",
                  "SQL\\w*Exception",
                  "StorageException",
                  "CircuitBreakerOpenException",
                  "ClaimLostException",
                  "PublishRefusedException",
                  "PublishUnknownException",
                  "TimeoutException")
              + "):");

  private final Queue<String> causes = new ConcurrentLinkedQueue<>();

  private Restarts() {}

  /** Returns restarts that are recorded from now on, until {@link #close}. */
  static Restarts record() {
    Restarts restarts = new Restarts();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    restarts.setContext(root.getLoggerContext());
    restarts.start();
    root.addAppender(restarts);
    return restarts;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel() == Level.ERROR && event.getThrowableProxy() != null) {
      StringBuilder chain = new StringBuilder(event.getLoggerName());
      for (IThrowableProxy any = event.getThrowableProxy(); any != null; any = any.getCause()) {
        chain.append(" <- ").append(any.getClassName()).append(": ").append(any.getMessage());
      }
      causes.add(chain.toString());
    }
  }

  /** Returns the failures that are no consequence of a fault. */
  List<String> unexplained() {
    return causes.stream().filter(cause -> !EXPLAINED.matcher(cause).find()).distinct().toList();
  }

  @Override
  public void close() {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(this);
    stop();
  }
}
