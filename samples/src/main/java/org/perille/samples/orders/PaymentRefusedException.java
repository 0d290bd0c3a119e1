package org.perille.samples.orders;

/** Payment won't do what an order asks for, however often it is asked: somebody must decide. */
abstract sealed class PaymentRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private PaymentRefusedException(String message) {
    super(message, null, false, false);
  }

  /** An order has no price: whoever entered it meant something else. */
  static final class NothingToPay extends PaymentRefusedException {
    private static final long serialVersionUID = 1L;

    NothingToPay(Order order) {
      super("order %s has a price of %s".formatted(order.id(), order.unitPrice().toPlainString()));
    }
  }

  /** An order is so large that it may be a slip of the keyboard; it needs an approval. */
  static final class OverLimit extends PaymentRefusedException {
    private static final long serialVersionUID = 1L;

    OverLimit(Order order) {
      super(
          "order %s over %s pounds is above the limit of %s and not approved"
              .formatted(
                  order.id(), order.amount().toPlainString(), Payment.LIMIT.toPlainString()));
    }
  }

  /** A cancellation gives back more than its customer has ever paid here. */
  static final class NeverPaid extends PaymentRefusedException {
    private static final long serialVersionUID = 1L;

    NeverPaid(Order order) {
      super(
          "cancellation %s gives back %s pounds, more than customer %s has paid"
              .formatted(order.id(), order.amount().negate().toPlainString(), order.customer()));
    }
  }
}
