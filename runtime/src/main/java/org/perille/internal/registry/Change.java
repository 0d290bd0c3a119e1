package org.perille.internal.registry;

import org.perille.Guarantee;
import org.perille.spi.SubscriptionKind;

/** The consequence of a change of a subscription's kind and guarantee for its cursor. */
sealed interface Change {
  /** Nothing has changed. */
  record None() implements Change {}

  /** The new kind continues at the old one's cursor, exactly. */
  record HandedOver() implements Change {}

  /**
   * The new kind can't continue exactly.
   *
   * @param because the reason, as a clause
   * @param instead a remedy for this change alone, as a sentence; empty if there is none
   */
  record Refused(String because, String instead) implements Change {}

  /** Returns the change from the registered to the defined subscription. */
  static Change of(
      SubscriptionKind from, Guarantee guarantee, SubscriptionKind to, Guarantee newGuarantee) {
    if (from == to) {
      // Both guarantees of a function store their cursor in the same journal.
      return guarantee == newGuarantee ? new None() : new HandedOver();
    }
    return switch (from) {
      case FUNCTION -> fromFunction(to);
      case TRANSACTIONAL ->
          new Refused(
              "its cursor is in the database of its JDBC handler, and only that handler can reach it",
              to == SubscriptionKind.FUNCTION
                  ? "Or keep a JdbcHandler that calls the function and leaves its connection unused."
                  : "");
      case EVENT_SOURCED -> new Refused(fromKeys(to, true), "");
      case PUBLISHING, CALLING ->
          // Their keys store the same data: the last offset, the messages to publish, and replies.
          to == SubscriptionKind.PUBLISHING || to == SubscriptionKind.CALLING
              ? new HandedOver()
              : new Refused(fromKeys(to, false), "");
    };
  }

  private static Change fromFunction(SubscriptionKind to) {
    return switch (to) {
      case TRANSACTIONAL -> new HandedOver();
      case EVENT_SOURCED ->
          new Refused(
              "the states of its keys would lack all messages that were handled so far", "");
      default ->
          new Refused(
              "after a reset it would publish nothing for messages that only the function has handled",
              "");
    };
  }

  private static String fromKeys(SubscriptionKind to, boolean withStates) {
    return switch (to) {
      case EVENT_SOURCED ->
          "the states of its keys would lack all messages that were handled so far";
      case PUBLISHING, CALLING ->
          withStates
              ? "its keys have states and events, which only an event-sourced handler can read"
              : "";
      default ->
          "its keys may have handled messages that its cursor hasn't passed yet, and these would be handled again";
    };
  }
}
