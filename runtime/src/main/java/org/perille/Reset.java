package org.perille;

import java.util.Objects;
import java.util.UUID;

/**
 * An order to let a subscription handle messages again, from an earlier position on.
 *
 * <p>The states of an event-sourced subscription begin empty, in a new generation, and contain only
 * what is handled from the position on; nothing of the old generation acts on the new one. The
 * effects of other subscriptions happen again: what a JDBC handler has written is the application's
 * to clear away before.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param id names the order: repeating it under the same id changes nothing more
 * @param position where to begin
 * @param publishAgain whether messages that were published when a message was handled before are
 *     published again, as new ones; if not, only messages that have not been handled before publish
 */
public record Reset(String id, StartPosition position, boolean publishAgain) {
  public Reset {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(position, "position");
  }

  /** Begins with the oldest message, and publishes nothing again. */
  public static Reset toBeginning() {
    return to(StartPosition.earliest());
  }

  /** Begins at a position, and publishes nothing again. */
  public static Reset to(StartPosition position) {
    return new Reset(UUID.randomUUID().toString(), position, false);
  }

  /** The same order, and what was published is published again, as new messages. */
  public Reset publishingAgain() {
    return new Reset(id, position, true);
  }
}
