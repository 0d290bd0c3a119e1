package org.perille.sharding.internal.bootstrap;

import org.apache.pekko.event.Logging;
import org.apache.pekko.event.slf4j.Slf4jLogger;
import scala.PartialFunction;
import scala.runtime.BoxedUnit;

/**
 * Pekko's logger through SLF4J, with routine messages at DEBUG.
 *
 * <p>{@code perille-node.conf} selects it. Errors are never lowered.
 */
public final class NodeLogger extends Slf4jLogger {

  @Override
  public void aroundReceive(PartialFunction<Object, BoxedUnit> receive, Object message) {
    super.aroundReceive(
        receive, message instanceof Logging.LogEvent event ? lower(event) : message);
  }

  private static Logging.LogEvent lower(Logging.LogEvent event) {
    return event.level() != Logging.ErrorLevel()
            && RoutineMessages.isRoutine(event.logClass(), String.valueOf(event.message()))
        ? new Logging.Debug(event.logSource(), event.logClass(), event.message())
        : event;
  }
}
