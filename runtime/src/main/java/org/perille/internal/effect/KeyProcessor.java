package org.perille.internal.effect;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.perille.Delivery;
import org.perille.PublishRefusedException;
import org.perille.internal.failure.UserCode;
import org.perille.internal.log.OffsetSet;

/**
 * Handles messages of keys for one epoch of a worker.
 *
 * <p>First the effects of a message become durable, then its publications, and only then it is
 * done. If anything fails in between, the message is delivered again, and the missing steps are
 * repeated.
 *
 * <p>They are repeated when a key is opened, before anything else, because its last event may be
 * one whose publications are missing. So all publications of earlier events are published whenever
 * there is a later event.
 *
 * @param <T> the messages
 */
public final class KeyProcessor<T> {

  /**
   * The worker that handles, and its durable progress.
   *
   * @param producer the producer: the partition of the subscription, among all that publish
   * @param epoch the worker's epoch
   * @param suppressed the suppressed offsets, for which nothing is published
   * @param handled the durably finished offsets, for which nothing is published again. Monotonic:
   *     an offset never leaves this set. Receivers prune their dedup state by it, and reports may
   *     arrive late. So a message with an open outcome is never in it, even if the cursor has
   *     passed it: one that is being handled, or was at a crash of its worker, a deferred one, one
   *     behind a deferred one, or a dead letter that may be redriven. Offsets that a reset has
   *     skipped aren't in it either, because a later reset may return to them
   */
  public record Identity(
      String producer, long epoch, OffsetSet suppressed, Supplier<HandledOffsets> handled) {}

  /**
   * A message to handle.
   *
   * @param late true if it was given up before; such a message is handled once, whatever was
   *     handled since
   * @param attempt starts an attempt; throws if that isn't possible
   */
  public record Item<T>(long offset, boolean late, Supplier<Delivery<T>> attempt) {}

  /**
   * The result of a run.
   *
   * @param done the number of done messages, from the first; others may be neither done nor failed
   * @param failure the failure of the next message, if it failed
   */
  public record Result(int done, Optional<Throwable> failure) {}

  /** The result of giving a message up. */
  public sealed interface GiveUpResult {
    /** The message is durably given up, and can be handled only as a late one. */
    record GivenUp() implements GiveUpResult {}

    /** The message was handled, by this worker or another one, and is done. */
    record Done() implements GiveUpResult {}

    /** The outcome is unknown. The caller must repeat the request. */
    record Unknown(Throwable cause) implements GiveUpResult {}
  }

  private final KeyCache keys;
  private final KeyBehavior<T> logic;
  private final EffectBuilder<T> decider;
  private final ChainProducer publisher;
  private final Identity identity;
  private final Executor executor;
  private final Clock clock;

  public KeyProcessor(
      KeyCache keys,
      KeyBehavior<T> logic,
      EffectCodec codec,
      ChainPublisher.ChainPublishers chainPublishers,
      Identity identity,
      Executor executor,
      Clock clock) {
    this.keys = keys;
    this.logic = logic;
    this.decider =
        new EffectBuilder<>(
            logic, codec, chainPublishers, keys.settings(), identity.epoch, identity.suppressed);
    this.publisher = new ChainProducer(chainPublishers, identity);
    this.identity = identity;
    this.executor = executor;
    this.clock = clock;
  }

  /** Returns the number of a key's messages that should be handled together. */
  public int maxMessages() {
    return logic.maxMessages();
  }

  /**
   * Handles messages of one key, in order. The stage fails if this epoch must not continue.
   *
   * <p>No other run of the key may be active, except one that may not record anything any more.
   *
   * @param mayRecord called once, before anything is recorded: false if the run was given up
   */
  public CompletionStage<Result> handle(
      String name, List<Item<T>> items, BooleanSupplier mayRecord) {
    return use(
        name,
        key -> handle(key, items, mayRecord),
        unavailable -> CompletableFuture.completedFuture(new Result(0, Optional.of(unavailable))));
  }

  /**
   * Gives up a message that can't be handled. The stage fails if this epoch must not continue.
   *
   * <p>No run of its key may be active.
   *
   * <p>Call it before the message becomes a dead letter, or is finished in another way without
   * being handled. A replaced worker may still be handling the message. Afterwards, that worker's
   * effects can't be written any more. If they were written already, this call finds them.
   *
   * <p>Its key must not continue before the dead letter is durable elsewhere. Otherwise the
   * message, delivered again behind higher offsets and not as a late one, would be considered
   * handled.
   *
   * <p>A key whose state can't be read is opened without it, because the handled offsets don't
   * depend on the application's code.
   */
  public CompletionStage<GiveUpResult> giveUp(String name, long offset, boolean late) {
    if (!KeyIds.canKeep(name)) {
      // No worker has ever recorded anything for it, or will.
      return CompletableFuture.completedFuture(new GiveUpResult.GivenUp());
    }
    return use(
        name, key -> giveUp(key, offset, late), unavailable -> giveUpUnread(name, offset, late));
  }

  private CompletionStage<GiveUpResult> giveUpUnread(String name, long offset, boolean late) {
    return keys.openWithoutState(name)
        .handleAsync(
            (key, unavailable) ->
                unavailable == null
                    ? use(
                        key,
                        opened -> giveUp(opened, offset, late),
                        key::close,
                        KeyProcessor::unknown)
                    : unknown(unavailable),
            executor)
        .thenCompose(verdict -> verdict);
  }

  private static CompletionStage<GiveUpResult> unknown(Throwable cause) {
    return CompletableFuture.completedFuture(new GiveUpResult.Unknown(UserCode.unwrap(cause)));
  }

  private <R> CompletionStage<R> use(
      String name,
      Function<CachedKey, CompletionStage<R>> work,
      Function<Throwable, CompletionStage<R>> otherwise) {
    CompletableFuture<CachedKey> acquired = keys.acquire(name).toCompletableFuture();
    if (acquired.isDone() && !acquired.isCompletedExceptionally()) {
      return use(acquired.join(), work, () -> keys.release(name), otherwise);
    }
    long begun = System.nanoTime();
    return acquired
        .handleAsync(
            (key, unavailable) -> {
              if (unavailable == null) {
                keys.activity().recovered(System.nanoTime() - begun);
                return use(key, work, () -> keys.release(name), otherwise);
              }
              keys.discard(name);
              return otherwise.apply(UserCode.unwrap(unavailable));
            },
            executor)
        .thenCompose(result -> result);
  }

  private <R> CompletionStage<R> use(
      CachedKey key,
      Function<CachedKey, CompletionStage<R>> work,
      Runnable release,
      Function<Throwable, CompletionStage<R>> otherwise) {
    if (key.memory().epoch() > identity.epoch) {
      keys.discard(key.name());
      return CompletableFuture.failedFuture(
          new IllegalStateException(
              "epoch %d has been replaced: epoch %d has handled messages of key '%s'"
                  .formatted(identity.epoch, key.memory().epoch(), key.name())));
    }
    CompletionStage<R> result =
        key.isPublished() ? work.apply(key) : publishLast(key).thenCompose(all -> work.apply(key));
    return result
        .whenComplete((done, failure) -> release.run())
        .exceptionallyCompose(
            failure ->
                isOfKey(UserCode.unwrap(failure))
                    ? otherwise.apply(UserCode.unwrap(failure))
                    : CompletableFuture.failedFuture(failure));
  }

  /**
   * Returns whether only this key is affected: the topic of a publication isn't registered in this
   * version.
   */
  private static boolean isOfKey(Throwable failure) {
    return failure instanceof PublishRefusedException refused
        && refused.reason() == PublishRefusedException.Reason.UNKNOWN_TOPIC;
  }

  private CompletionStage<Void> publishLast(CachedKey key) {
    CompletableFuture<Void> published =
        publisher.publishAgain(key.memory().last()).thenRun(key::published).toCompletableFuture();
    // Receipts arrive on threads that must not run handlers.
    return published.isDone() ? published : published.thenRunAsync(() -> {}, executor);
  }

  private CompletionStage<Result> handle(
      CachedKey key, List<Item<T>> items, BooleanSupplier mayRecord) {
    int handled = 0;
    while (handled < items.size() && isHandled(key, items.get(handled))) {
      handled++;
    }
    int end = handled;
    while (end < items.size() && !isHandled(key, items.get(end))) {
      end++;
    }
    return handled == end
        ? CompletableFuture.completedFuture(new Result(handled, Optional.empty()))
        : handleFresh(key, items.subList(handled, end), handled, mayRecord);
  }

  private static boolean isHandled(CachedKey key, Item<?> item) {
    return key.memory().isHandled(item.offset, item.late);
  }

  private CompletionStage<Result> handleFresh(
      CachedKey key, List<Item<T>> fresh, int before, BooleanSupplier mayRecord) {
    return decider
        .decide(key.memory(), fresh, clock.millis())
        .thenCompose(
            decided ->
                decided.event().isEmpty() || !mayRecord.getAsBoolean()
                    ? CompletableFuture.completedFuture(new Result(before, decided.failure()))
                    : record(key, decided, before));
  }

  private CompletionStage<Result> record(CachedKey key, EffectBuilder.Decided decided, int before) {
    EffectsRecorded event = decided.event().orElseThrow();
    return write(
        key,
        event,
        decided.after(),
        () ->
            publisher
                .publish(event.handled())
                .thenApply(published -> new Result(before + decided.done(), decided.failure())),
        unknown -> new Result(before, Optional.of(unknown)));
  }

  private CompletionStage<GiveUpResult> giveUp(CachedKey key, long offset, boolean late) {
    KeyRecord memory = key.memory();
    if (memory.isHandled(offset, late)) {
      return CompletableFuture.completedFuture(new GiveUpResult.Done());
    }
    EffectsRecorded event =
        key.isUnread()
            ? EffectsRecorded.givenUpUnread(identity.epoch, clock.millis(), offset, late)
            : EffectsRecorded.givenUp(identity.epoch, clock.millis(), offset);
    return write(
        key,
        event,
        memory.after(event, memory.state()),
        () -> CompletableFuture.completedFuture(new GiveUpResult.GivenUp()),
        GiveUpResult.Unknown::new);
  }

  /** Writes an event. If the outcome is unknown, opening the key again determines it. */
  private <R> CompletionStage<R> write(
      CachedKey key,
      EffectsRecorded event,
      KeyRecord after,
      Supplier<CompletionStage<R>> durable,
      Function<Throwable, R> otherwise) {
    return key.write(event, after)
        .handle(
            (written, unknown) -> {
              if (unknown == null) {
                keys.activity().stored(event);
                return durable.get();
              }
              keys.discard(key.name());
              return CompletableFuture.completedFuture(otherwise.apply(UserCode.unwrap(unknown)));
            })
        .thenCompose(result -> result);
  }
}
