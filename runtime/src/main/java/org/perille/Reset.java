package org.perille;

import java.util.Objects;
import java.util.UUID;

/**
 * A request to handle messages again, from an earlier position.
 *
 * <p>The states of an event-sourced subscription start empty, in a new generation. They contain
 * only what is handled from the position on, and nothing of the old generation affects the new one.
 * The effects of other subscriptions happen again. The application must clear the effects of a JDBC
 * handler before.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param id the name of the request; repeating it under the same id has no further effect
 * @param position the position to start at
 * @param publishAgain true if messages that were published for handled messages are published
 *     again, as new ones; false if only messages that weren't handled before publish
 */
public record Reset(String id, StartPosition position, boolean publishAgain) {
  public Reset {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(position, "position");
  }

  /**
   * Returns a request to start at the oldest message, under a random id, without publishing again.
   */
  public static Reset toBeginning() {
    return to(StartPosition.earliest());
  }

  /** Returns a request to start at a position, under a random id, without publishing again. */
  public static Reset to(StartPosition position) {
    return new Reset(UUID.randomUUID().toString(), position, false);
  }

  /**
   * Returns the same request under a name of yours, so that it can be repeated: after a failure
   * whose outcome is unknown, or by a script.
   *
   * @param newId the name, for example that of the change which needs the reset
   */
  public Reset withId(String newId) {
    return new Reset(newId, position, publishAgain);
  }

  /** Returns the same request, which publishes again, as new messages. */
  public Reset republishing() {
    return new Reset(id, position, true);
  }
}
