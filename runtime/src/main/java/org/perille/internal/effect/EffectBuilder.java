package org.perille.internal.effect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EffectTooLargeException;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Topic;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.effect.EffectsRecorded.Outgoing;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.payload.PayloadCodec.Encoded;
import org.perille.internal.payload.TopicForm;
import org.perille.internal.settings.EffectSettings;

/**
 * Decides the effects of a key's messages: calls the application for each, and builds one event.
 *
 * <p>It serializes everything and reads it back before the write, because an event that can't be
 * replayed must not be stored.
 *
 * @param <T> the messages
 */
final class EffectBuilder<T> {
  /** The target size of a write, which may exceed it by one message. */
  private static final int MAX_BYTES = 512 * 1024;

  /**
   * The decision about some messages.
   *
   * @param event the event to store; empty if no message could be handled
   * @param after the key's record after the event
   * @param done the number of messages, from the first, in the event
   * @param failure the failure of the next message, if it failed
   */
  record Decided(
      Optional<EffectsRecorded> event, KeyRecord after, int done, Optional<Throwable> failure) {}

  private final KeyBehavior<T> logic;
  private final EffectCodec codec;
  private final ChainPublisher.ChainPublishers chainPublishers;
  private final EffectSettings settings;
  private final long epoch;
  private final OffsetSet suppressed;

  /**
   * Creates an effect builder for one epoch of a worker.
   *
   * @param settings limits, and the interval of stored states
   * @param suppressed the suppressed offsets, for which nothing is published
   */
  EffectBuilder(
      KeyBehavior<T> logic,
      EffectCodec codec,
      ChainPublisher.ChainPublishers chainPublishers,
      EffectSettings settings,
      long epoch,
      OffsetSet suppressed) {
    this.logic = logic;
    this.codec = codec;
    this.chainPublishers = chainPublishers;
    this.settings = settings;
    this.epoch = epoch;
    this.suppressed = suppressed;
  }

  /**
   * Handles messages, in order, until one fails.
   *
   * @param items messages that weren't handled before
   */
  CompletionStage<Decided> decide(
      KeyRecord before, List<KeyProcessor.Item<T>> items, long nowMillis) {
    return new Run(before, items, nowMillis).next();
  }

  private final class Run {
    private final KeyRecord before;
    private final List<KeyProcessor.Item<T>> items;
    private final long nowMillis;
    private final List<Handled> handled = new ArrayList<>();
    private Object state;
    private int bytes;

    Run(KeyRecord before, List<KeyProcessor.Item<T>> items, long nowMillis) {
      this.before = before;
      this.items = items;
      this.nowMillis = nowMillis;
      this.state = before.state();
    }

    /** Continues as long as no stage has to be awaited. */
    CompletionStage<Decided> next() {
      while (handled.size() < items.size() && bytes < MAX_BYTES) {
        try {
          Delivery<T> delivery = items.get(handled.size()).attempt().get();
          // Not join, which calls toString() on the failure of the stage.
          CompletableFuture<Optional<Throwable>> taken =
              logic
                  .handle(state, delivery)
                  .handle(
                      (effect, failure) ->
                          failure == null ? take(delivery, effect) : failed(failure))
                  .toCompletableFuture();
          if (!taken.isDone()) {
            return taken.thenCompose(
                failure ->
                    failure.isPresent()
                        ? CompletableFuture.completedFuture(decided(failure))
                        : next());
          }
          Optional<Throwable> failure = taken.join();
          if (failure.isPresent()) {
            return CompletableFuture.completedFuture(decided(failure));
          }
        } catch (Throwable e) {
          return CompletableFuture.completedFuture(decided(failed(e)));
        } finally {
          UserCode.clearInterrupt();
        }
      }
      return CompletableFuture.completedFuture(decided(Optional.empty()));
    }

    private Optional<Throwable> failed(Throwable failure) {
      return Optional.of(UserCode.unwrap(failure));
    }

    private Optional<Throwable> take(Delivery<T> delivery, Effect<?> effect) {
      try {
        if (effect == null) {
          throw new IllegalStateException("the handler returned null instead of an effect");
        }
        Object after = state;
        List<Encoded> events = new ArrayList<>(effect.events().size());
        for (Object event : effect.events()) {
          Encoded encoded = codec.encode(event);
          after = logic.apply(after, codec.decode(encoded, "event"));
          events.add(encoded);
        }
        if (after != state) {
          // Otherwise a snapshot of the state would fail, or be read as something else, long after.
          codec.requireReadable(after);
        }
        List<Outgoing> outgoing =
            suppressed.contains(delivery.offset()) ? List.of() : outgoing(effect.publications());
        Optional<Encoded> reply = effect.reply().map(codec::encode);
        reply.ifPresent(encoded -> codec.decode(encoded, "reply"));
        int size = requireToFit(delivery, events, outgoing, reply);
        if (isStateStoredNext()) {
          requireStateToFit(delivery, after);
        }
        boolean late = items.get(handled.size()).late();
        handled.add(new Handled(delivery.offset(), late, events, outgoing, reply));
        bytes += size;
        state = after;
        return Optional.empty();
      } catch (Throwable e) {
        return Optional.of(e);
      }
    }

    /** Returns whether the journal stores the state together with the event of this run. */
    private boolean isStateStoredNext() {
      return (before.sequenceNumber() + 1) % settings.snapshotEvents() == 0;
    }

    private Decided decided(Optional<Throwable> failure) {
      if (handled.isEmpty()) {
        return new Decided(Optional.empty(), before, 0, failure);
      }
      EffectsRecorded event = EffectsRecorded.handled(epoch, nowMillis, handled);
      return new Decided(Optional.of(event), before.after(event, state), handled.size(), failure);
    }
  }

  private int requireToFit(
      Delivery<T> delivery,
      List<Encoded> events,
      List<Outgoing> outgoing,
      Optional<Encoded> reply) {
    long replyBytes = reply.map(encoded -> encoded.payload().size()).orElse(0);
    long bytes = replyBytes;
    for (Encoded event : events) {
      bytes += event.payload().size();
    }
    for (Outgoing message : outgoing) {
      bytes += message.message().sizeInBytes();
    }
    requireToFit(delivery, "reply", replyBytes, settings.limits().replyBytes());
    requireToFit(delivery, "effect", bytes, settings.limits().effectBytes());
    return (int) bytes;
  }

  private void requireStateToFit(Delivery<T> delivery, Object state) {
    if (state != logic.emptyState()) {
      int bytes = codec.encode(state).payload().size();
      requireToFit(delivery, "state", bytes, settings.limits().stateBytes());
    }
  }

  private static void requireToFit(Delivery<?> delivery, String what, long bytes, int allowed) {
    if (bytes > allowed) {
      throw new EffectTooLargeException(
          "the %s of key '%s' after offset %d has %d bytes, and perille.effect.max-%s-bytes is %d: make it smaller or raise the setting, then redrive the dead letter"
              .formatted(what, delivery.key(), delivery.offset(), bytes, what, allowed));
    }
  }

  private List<Outgoing> outgoing(List<Effect.Publication<?>> publications) {
    List<Outgoing> outgoing = new ArrayList<>(publications.size());
    for (Effect.Publication<?> publication : publications) {
      ChainPublisher chainPublisher = chainPublishers.of(publication.topic().name());
      requireSame(chainPublisher.topic(), publication.topic());
      LogMessage message = chainPublisher.encodeOutgoing(publication.message());
      outgoing.add(new Outgoing(publication.topic().name(), message));
    }
    return outgoing;
  }

  private static void requireSame(Topic<?> registered, Topic<?> given) {
    if (registered != given && !TopicForm.of(registered).equals(TopicForm.of(given))) {
      throw new PublishRefusedException(
          Reason.UNKNOWN_TOPIC,
          "%s is registered with %s, and the message was for one with %s"
              .formatted(given, TopicForm.of(registered), TopicForm.of(given)));
    }
  }
}
