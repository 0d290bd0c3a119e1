package org.perille.samples.orders;

/** A permanent refusal of a payment. Only an operator's decision can resolve it. */
abstract sealed class PaymentRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private PaymentRefusedException(String message) {
    super(message, null, false, false);
  }

  /** The order has no price, so it was entered wrongly. */
  static final class NothingToPay extends PaymentRefusedException {
    private static final long serialVersionUID = 1L;

    NothingToPay(Order order) {
      super("order %s has a price of %s".formatted(order.id(), order.unitPrice().toPlainString()));
    }
  }

  /** The order is so large that it may be a typing error. It needs an approval. */
  static final class OverLimit extends PaymentRefusedException {
    private static final long serialVersionUID = 1L;

    OverLimit(Order order) {
      super(
          "order %s over %s pounds is above the limit of %s and not approved"
              .formatted(
                  order.id(), order.amount().toPlainString(), Payment.LIMIT.toPlainString()));
    }
  }

  /** The cancellation refunds more than the customer has ever paid. */
  static final class NeverPaid extends PaymentRefusedException {
    private static final long serialVersionUID = 1L;

    NeverPaid(Order order) {
      super(
          "cancellation %s gives back %s pounds, more than customer %s has paid"
              .formatted(order.id(), order.amount().negate().toPlainString(), order.customer()));
    }
  }
}
