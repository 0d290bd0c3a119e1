package org.perille.persistence.internal;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of handlers that never use their connection.
 *
 * <p>Changes on another connection aren't committed with the cursor, and may happen twice.
 */
public final class UnusedConnections {
  private static final Logger LOG = LoggerFactory.getLogger(UnusedConnections.class);

  /**
   * The number of messages before the warning. A handler may have nothing to do for some messages.
   */
  static final int MESSAGES = 10;

  /**
   * The mark of a subscription that has used its connection, or was warned of: any negative number.
   */
  private static final int SETTLED = -1;

  /** The number of messages without a use of the connection, by topic and subscription. */
  private final Map<String, Integer> handled = new ConcurrentHashMap<>();

  /**
   * Records that an effect has handled some messages.
   *
   * @return true if this call has logged the warning
   */
  boolean handled(CursorTable.CursorKey place, int messages, boolean used) {
    String subscription = place.topic() + "~" + place.subscription();
    Integer known = handled.get(subscription);
    if (known != null && known == SETTLED) {
      return false;
    }
    int now =
        handled.merge(
            subscription,
            used ? SETTLED : messages,
            (before, more) -> before == SETTLED || more == SETTLED ? SETTLED : before + more);
    if (now < MESSAGES || !handled.replace(subscription, now, SETTLED)) {
      return false;
    }
    LOG.warn(
        "The JDBC handler of subscription '{}' of topic '{}' has handled {} messages without using its connection: its effects are NOT effectively-once, and may happen again after a crash. Use that connection for its SQL (with Spring: a handler of SpringTransactions, from perille-spring-boot-starter), or declare the subscription at-least-once",
        place.subscription(),
        place.topic(),
        now);
    return true;
  }
}
