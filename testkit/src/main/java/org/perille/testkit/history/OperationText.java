package org.perille.testkit.history;

/** Descriptions of operations. */
final class OperationText {
  private OperationText() {}

  static String message(Message message) {
    return message.isKnown()
        ? "'%s' of key '%s' (%s)"
            .formatted(message.value, message.key, message.log.place(message.offset))
        : message.log.place(message.offset);
  }

  static String of(Operation operation) {
    if (operation instanceof Operation.PublishInvoked it) {
      return "%s publishes '%s' of key '%s' to %s%s"
          .formatted(
              it.publisher(),
              it.value(),
              it.key(),
              it.topic(),
              it.messageId().isEmpty() ? "" : " as '" + it.messageId() + "'");
    }
    if (operation instanceof Operation.PublishEnded it) {
      return it.outcome() != Outcome.OK
          ? "its publish ends as " + it.outcome()
          : "its publish is ok: partition %d, offset %d%s"
              .formatted(it.partition(), it.offset(), it.duplicate() ? ", a duplicate" : "");
    }
    if (operation instanceof Operation.HandlerEntered it) {
      return "%s on %s, epoch %d, is given '%s' of key '%s' (%s/%d offset %d), attempt %d"
          .formatted(
              it.subscription(),
              it.node(),
              it.epoch(),
              it.value(),
              it.key(),
              it.topic(),
              it.partition(),
              it.offset(),
              it.attempt());
    }
    if (operation instanceof Operation.HandlerLeft it) {
      return "its handler ends as " + it.outcome();
    }
    if (operation instanceof Operation.MessageRead it) {
      return "%s reads '%s' of key '%s' at %s/%d offset %d"
          .formatted(it.reader(), it.value(), it.key(), it.topic(), it.partition(), it.offset());
    }
    if (operation instanceof Operation.EffectFound it) {
      return "the effect of '%s' of key '%s' (partition %d offset %d) in %s, number %d, by epoch %d"
          .formatted(
              it.value(),
              it.key(),
              it.partition(),
              it.offset(),
              it.subscription(),
              it.order(),
              it.epoch());
    }
    if (operation instanceof Operation.OutboxCommitted it) {
      return "the transaction that inserted '%s' into the outbox has committed"
          .formatted(it.value());
    }
    if (operation instanceof Operation.OutboxRead it) {
      return "nothing waits in the outbox for %s any more".formatted(it.topic());
    }
    return operation.toString();
  }
}
