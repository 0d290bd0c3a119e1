package org.perille.testkit;

import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.perille.DeadLetterException;
import org.perille.Receipt;
import org.perille.Subscription;

/** Waits until a subscription has finished a message, even if the node crashes meanwhile. */
final class Handled {
  private final TestNodes nodes;
  private final Subscriptions subscriptions;
  private final Subscription<?> subscription;
  private final Receipt receipt;
  private TestNode asked;
  private CompletableFuture<Done> answer = new CompletableFuture<>();

  Handled(
      TestNodes nodes, Subscriptions subscriptions, Subscription<?> subscription, Receipt receipt) {
    this.nodes = nodes;
    this.subscriptions = subscriptions;
    this.subscription = subscription;
    this.receipt = receipt;
  }

  /**
   * Returns whether the message is durably finished.
   *
   * @throws DeadLetterException if the message is a dead letter
   */
  boolean isDurable() {
    TestNode current = nodes.current();
    if (asked != current || failedOtherwise()) {
      // A worker that hasn't started would be asked again only after a second.
      if (!subscriptions.hasBegun(subscription, receipt.partition())) {
        return false;
      }
      asked = current;
      answer =
          current.perille().subscription(subscription).awaitHandled(receipt).toCompletableFuture();
    }
    return answer.isDone() && !answer.isCompletedExceptionally();
  }

  private boolean failedOtherwise() {
    if (!answer.isCompletedExceptionally()) {
      return false;
    }
    Throwable failure = answer.handle((done, cause) -> cause).join();
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    if (failure instanceof DeadLetterException given) {
      throw given;
    }
    if (cause instanceof DeadLetterException given) {
      throw given;
    }
    return true;
  }

  @Override
  public String toString() {
    return "offset %d of partition %d".formatted(receipt.offset(), receipt.partition());
  }
}
