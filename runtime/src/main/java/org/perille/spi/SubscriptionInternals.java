package org.perille.spi;

import java.util.Objects;
import org.perille.Subscription;

/**
 * The part of a subscription that an engine uses and an application doesn't see.
 *
 * <p>Each subscription extends it. See {@link Processing#of} and {@link #storedAs}.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <T> the type of the messages' payloads
 */
public abstract class SubscriptionInternals<T> {
  private final Processing<T> processing;

  /** Creates the part of a subscription that processes messages in this way. */
  protected SubscriptionInternals(Processing<T> processing) {
    this.processing = Objects.requireNonNull(processing, "processing");
  }

  /** Returns the same subscription with another name of its stored data. */
  protected abstract Subscription<T> withStoredName(String storedName);

  final Processing<T> processing() {
    return processing;
  }

  @SuppressWarnings("unchecked") // each subscription extends it, with the same type of payloads
  static <T> SubscriptionInternals<T> of(Subscription<T> subscription) {
    return (SubscriptionInternals<T>) subscription;
  }

  /**
   * Returns the same subscription with another name of its stored data.
   *
   * <p>A node calls it, by the registry's record of {@link Subscription#formerly}.
   */
  @SuppressWarnings("unchecked") // a subscription returns one of its own class
  public static <S extends Subscription<?>> S storedAs(S subscription, String storedName) {
    return (S) ((SubscriptionInternals<?>) subscription).withStoredName(storedName);
  }
}
