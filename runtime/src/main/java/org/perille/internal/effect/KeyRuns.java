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
 * Handles messages of keys for one incarnation of a worker: first their effects become durable,
 * then what they publish, and only then they are done. Whatever happens in between, the message
 * comes again, and what is missing is made up for.
 *
 * <p>What is missing is made up for when a key is opened, before anything else happens to it: its
 * last event may be one that was written and not published. So all that earlier events publish is
 * published whenever there is a later one.
 *
 * @param <T> the messages
 */
public final class KeyRuns<T> {

  /**
   * Who handles, and for whom.
   *
   * @param lane names the partition of the subscription, among all that publish
   * @param incarnation of the worker
   * @param silent offsets that nothing is published for
   * @param handled what is durably finished by now, so that nothing is published for it again. What
   *     is once in it stays in it: those who are told forget what they stored, and what they are
   *     told may be late. So a message whose outcome is open is never in it, even if the cursor has
   *     passed it: one that is being handled, or was when its worker crashed, one that is put aside
   *     or waits behind another one, a dead letter that may be redriven. Nor is what a reset has
   *     passed over, which a later one may come back to
   */
  public record Identity(
      String lane, long incarnation, OffsetSet silent, Supplier<HandledOffsets> handled) {}

  /**
   * A message to handle.
   *
   * @param late whether it was given up before; it comes once, whatever was handled since
   * @param attempt begins an attempt; throws if that isn't possible
   */
  public record Item<T>(long offset, boolean late, Supplier<Delivery<T>> attempt) {}

  /**
   * What came of a run.
   *
   * @param done how many of its first messages are done; there may be others that are neither done
   *     nor failed
   * @param failure why the one behind them failed, if one did
   */
  public record Result(int done, Optional<Throwable> failure) {}

  /** What came of giving a message up. */
  public sealed interface Verdict {
    /** It is given up, durably: only as a late one it can be handled any more. */
    record GivenUp() implements Verdict {}

    /** It had been handled, by this worker or another one, and is done. */
    record Done() implements Verdict {}

    /** Nobody knows, and it must be asked again. */
    record Unknown(Throwable cause) implements Verdict {}
  }

  private final ActiveKeys keys;
  private final KeyLogic<T> logic;
  private final Decider<T> decider;
  private final LanePublisher publisher;
  private final Identity identity;
  private final Executor executor;
  private final Clock clock;

  public KeyRuns(
      ActiveKeys keys,
      KeyLogic<T> logic,
      EffectCodec codec,
      Outlet.Outlets outlets,
      Identity identity,
      Executor executor,
      Clock clock) {
    this.keys = keys;
    this.logic = logic;
    this.decider =
        new Decider<>(
            logic, codec, outlets, keys.settings(), identity.incarnation, identity.silent);
    this.publisher = new LanePublisher(outlets, identity);
    this.identity = identity;
    this.executor = executor;
    this.clock = clock;
  }

  /** How many messages of a key are worth being handled together. */
  public int maxMessages() {
    return logic.maxMessages();
  }

  /**
   * Handles messages of one key, in order; no other run of the key may be under way, but one that
   * may not record anything any more. The stage fails if this incarnation must not go on.
   *
   * @param mayRecord asked once, before anything is recorded: false if the run was given up
   */
  public CompletionStage<Result> handle(
      String name, List<Item<T>> items, BooleanSupplier mayRecord) {
    return use(
        name,
        key -> handle(key, items, mayRecord),
        unavailable -> CompletableFuture.completedFuture(new Result(0, Optional.of(unavailable))));
  }

  /**
   * Gives a message up that can't be handled; no run of its key may be under way. The stage fails
   * if this incarnation must not go on.
   *
   * <p>To be called before it becomes a dead letter, or is finished in another way without being
   * handled. For a worker that was replaced may be handling it still: when it is given up that
   * worker's effects can't be written any more, and if they were written already, this finds them.
   *
   * <p>Its key must not go on before it is durable elsewhere that the message has become a dead
   * letter: if it came again, as one that isn't late, behind higher offsets, it would be taken for
   * handled.
   *
   * <p>A key whose state can't be read is opened without it: what it has handled is not the
   * application's to read.
   */
  public CompletionStage<Verdict> giveUp(String name, long offset, boolean late) {
    if (!KeyIds.canKeep(name)) {
      // No worker has ever recorded anything for it, or will.
      return CompletableFuture.completedFuture(new Verdict.GivenUp());
    }
    return use(
        name, key -> giveUp(key, offset, late), unavailable -> giveUpUnread(name, offset, late));
  }

  private CompletionStage<Verdict> giveUpUnread(String name, long offset, boolean late) {
    return keys.openWithoutState(name)
        .handleAsync(
            (key, unavailable) ->
                unavailable == null
                    ? use(key, opened -> giveUp(opened, offset, late), key::close, KeyRuns::unknown)
                    : unknown(unavailable),
            executor)
        .thenCompose(verdict -> verdict);
  }

  private static CompletionStage<Verdict> unknown(Throwable cause) {
    return CompletableFuture.completedFuture(new Verdict.Unknown(UserCode.unwrap(cause)));
  }

  private <R> CompletionStage<R> use(
      String name,
      Function<ActiveKey, CompletionStage<R>> work,
      Function<Throwable, CompletionStage<R>> otherwise) {
    CompletableFuture<ActiveKey> acquired = keys.acquire(name).toCompletableFuture();
    if (acquired.isDone() && !acquired.isCompletedExceptionally()) {
      return use(acquired.join(), work, () -> keys.release(name), otherwise);
    }
    return acquired
        .handleAsync(
            (key, unavailable) -> {
              if (unavailable == null) {
                return use(key, work, () -> keys.release(name), otherwise);
              }
              keys.discard(name);
              return otherwise.apply(UserCode.unwrap(unavailable));
            },
            executor)
        .thenCompose(result -> result);
  }

  private <R> CompletionStage<R> use(
      ActiveKey key,
      Function<ActiveKey, CompletionStage<R>> work,
      Runnable release,
      Function<Throwable, CompletionStage<R>> otherwise) {
    if (key.memory().incarnation() > identity.incarnation) {
      keys.discard(key.name());
      return CompletableFuture.failedFuture(
          new IllegalStateException(
              "incarnation %d has been replaced: incarnation %d has handled messages of key '%s'"
                  .formatted(identity.incarnation, key.memory().incarnation(), key.name())));
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

  /** What its last event publishes may go to a topic that this version no longer registers. */
  private static boolean isOfKey(Throwable failure) {
    return failure instanceof PublishRefusedException refused
        && refused.reason() == PublishRefusedException.Reason.UNKNOWN_TOPIC;
  }

  private CompletionStage<Void> publishLast(ActiveKey key) {
    CompletableFuture<Void> published =
        publisher.publishAgain(key.memory().last()).thenRun(key::published).toCompletableFuture();
    // Receipts come on threads that must not run handlers.
    return published.isDone() ? published : published.thenRunAsync(() -> {}, executor);
  }

  private CompletionStage<Result> handle(
      ActiveKey key, List<Item<T>> items, BooleanSupplier mayRecord) {
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

  private static boolean isHandled(ActiveKey key, Item<?> item) {
    return key.memory().isHandled(item.offset, item.late);
  }

  private CompletionStage<Result> handleFresh(
      ActiveKey key, List<Item<T>> fresh, int before, BooleanSupplier mayRecord) {
    return decider
        .decide(key.memory(), fresh, clock.millis())
        .thenCompose(
            decided ->
                decided.event().isEmpty() || !mayRecord.getAsBoolean()
                    ? CompletableFuture.completedFuture(new Result(before, decided.failure()))
                    : record(key, decided, before));
  }

  private CompletionStage<Result> record(ActiveKey key, Decider.Decided decided, int before) {
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

  private CompletionStage<Verdict> giveUp(ActiveKey key, long offset, boolean late) {
    KeyMemory memory = key.memory();
    if (memory.isHandled(offset, late)) {
      return CompletableFuture.completedFuture(new Verdict.Done());
    }
    EffectsRecorded event =
        key.isUnread()
            ? EffectsRecorded.givenUpUnread(identity.incarnation, clock.millis(), offset, late)
            : EffectsRecorded.givenUp(identity.incarnation, clock.millis(), offset);
    return write(
        key,
        event,
        memory.after(event, memory.state()),
        () -> CompletableFuture.completedFuture(new Verdict.GivenUp()),
        Verdict.Unknown::new);
  }

  /** Whether something was written that isn't known is found out by opening the key again. */
  private <R> CompletionStage<R> write(
      ActiveKey key,
      EffectsRecorded event,
      KeyMemory after,
      Supplier<CompletionStage<R>> durable,
      Function<Throwable, R> otherwise) {
    return key.write(event, after)
        .handle(
            (written, unknown) -> {
              if (unknown == null) {
                return durable.get();
              }
              keys.discard(key.name());
              return CompletableFuture.completedFuture(otherwise.apply(UserCode.unwrap(unknown)));
            })
        .thenCompose(result -> result);
  }
}
