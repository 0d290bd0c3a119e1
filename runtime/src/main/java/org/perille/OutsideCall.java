package org.perille;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A call of an external system, such as a payment provider, with a stored result.
 *
 * <p>Once the result is stored, no later attempt and no crash repeats the call.
 *
 * <pre>{@code
 * Subscription.of("payment", orders)
 *     .atLeastOnce(
 *         OutsideCall.of(
 *             d -> provider.charge(d.deliveryId(), d.payload().amount()),
 *             (d, charge) -> Effect.none().publish(charges, charge)));
 * }</pre>
 *
 * <p><b>Guarantee</b>: the call is made at least once, always with the same {@link
 * Delivery#deliveryId()}. Its result is stored together with the fact that the message is handled,
 * and the messages that follow from it are published once.
 *
 * <p><b>Not guaranteed</b>: a single call. A crash between the call and the write of its result
 * repeats the call. Pass the delivery id to the other side as its idempotency key.
 *
 * <p><b>Threading</b>: immutable. Calls of different keys run concurrently. A call may block.
 *
 * @param <T> the messages
 * @param <R> the results; a serializer must accept them
 */
public final class OutsideCall<T, R> {
  /** A call that returns a stage. */
  @FunctionalInterface
  public interface Call<T, R> {
    /**
     * Makes the call for a message.
     *
     * @throws Exception any exception fails the attempt
     */
    CompletionStage<R> call(Delivery<T> delivery) throws Exception;
  }

  /** A call that may block. */
  @FunctionalInterface
  public interface BlockingCall<T, R> {
    /**
     * Makes the call for a message.
     *
     * @throws Exception any exception fails the attempt
     */
    R call(Delivery<T> delivery) throws Exception;
  }

  /** A decision that follows from a result. */
  @FunctionalInterface
  public interface Continuation<T, R> {
    /**
     * Returns the messages to publish. Events aren't possible here, and the reply is the result.
     */
    Effect<?> after(Delivery<T> delivery, R result);
  }

  private final Call<T, R> call;
  private final Continuation<T, R> continuation;

  private OutsideCall(Call<T, R> call, Continuation<T, R> continuation) {
    this.call = call;
    this.continuation = continuation;
  }

  /** Returns an outside call that may block. */
  public static <T, R> OutsideCall<T, R> of(BlockingCall<T, R> call) {
    return of(call, (delivery, result) -> Effect.none());
  }

  /** Returns an outside call that may block, and whose result is followed by messages. */
  public static <T, R> OutsideCall<T, R> of(
      BlockingCall<T, R> call, Continuation<T, R> continuation) {
    Objects.requireNonNull(call, "call");
    return async(delivery -> CompletableFuture.completedFuture(call.call(delivery)), continuation);
  }

  /** Returns an outside call whose call returns a stage. */
  public static <T, R> OutsideCall<T, R> async(Call<T, R> call) {
    return async(call, (delivery, result) -> Effect.none());
  }

  /**
   * Returns an outside call whose call returns a stage, and whose result is followed by messages.
   */
  public static <T, R> OutsideCall<T, R> async(Call<T, R> call, Continuation<T, R> continuation) {
    return new OutsideCall<>(
        Objects.requireNonNull(call, "call"), Objects.requireNonNull(continuation, "continuation"));
  }

  /** Returns the call. */
  public Call<T, R> call() {
    return call;
  }

  /** Returns the decision that follows from a result. */
  public Continuation<T, R> continuation() {
    return continuation;
  }
}
