package org.perille.internal.hook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor.Scope;
import org.perille.internal.failure.UserCode;
import org.perille.internal.handler.ForwardingTransactions;
import org.perille.spi.TransactionalHandler;

/** A transactional handler with hooks around its transactions. */
final class InterceptedTransactions<T> extends ForwardingTransactions<T> {
  private final Attempts attempts;

  InterceptedTransactions(TransactionalHandler<T> handler, Attempts attempts) {
    super(handler);
    this.attempts = attempts;
  }

  @Override
  protected Claim<T> adding(Claim<T> claim) {
    return new InterceptedClaim(claim);
  }

  private final class InterceptedClaim extends ForwardingClaim<T> {
    InterceptedClaim(Claim<T> claim) {
      super(claim);
    }

    @Override
    public Duration process(List<Delivery<T>> deliveries, Advance advance)
        throws EffectFailedException, ClaimLostException, NotStartedException {
      List<Scope> scopes = new ArrayList<>(deliveries.size());
      Duration time;
      try {
        time = claim().process(deliveries, entering(deliveries, scopes, advance));
      } catch (EffectFailedException e) {
        Attempts.end(scopes, UserCode.causeOf(e).or(() -> Optional.of(e)));
        throw e;
      } catch (Throwable e) {
        Attempts.end(scopes, Optional.of(e));
        throw e;
      }
      attempts.handled(deliveries, time);
      Attempts.end(scopes, Optional.empty());
      return time;
    }

    /**
     * Returns an advance that enters the scopes when the transaction has begun. Without a
     * connection there is no attempt.
     */
    private Advance entering(List<Delivery<T>> deliveries, List<Scope> scopes, Advance advance) {
      return new ForwardingAdvance(advance) {
        @Override
        public void begin() {
          super.begin();
          deliveries.forEach(delivery -> scopes.add(attempts.enter(delivery)));
        }
      };
    }
  }
}
