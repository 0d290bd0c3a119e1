package org.perille.internal.hook;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor.Scope;
import org.perille.internal.failure.UserCode;
import org.perille.spi.CursorPlace;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;

/** A transactional handler with hooks around its transactions. */
record InterceptedTransactions<T>(TransactionalHandler<T> handler, Attempts attempts)
    implements TransactionalHandler<T> {

  @Override
  public void prepare(Config config) {
    handler.prepare(config);
  }

  @Override
  public Claim<T> claim(String topic, String name, int partition) throws Exception {
    return new InterceptedClaim(handler.claim(topic, name, partition));
  }

  @Override
  public Claim<T> claim(String topic, String name, int partition, long afterEpoch)
      throws Exception {
    return new InterceptedClaim(handler.claim(topic, name, partition, afterEpoch));
  }

  @Override
  public Optional<CursorPlace> cursorPlace(String topic, String name) {
    return handler.cursorPlace(topic, name);
  }

  private final class InterceptedClaim implements Claim<T> {
    private final Claim<T> claim;

    InterceptedClaim(Claim<T> claim) {
      this.claim = claim;
    }

    @Override
    public long epoch() {
      return claim.epoch();
    }

    @Override
    public Optional<CursorState> stored() {
      return claim.stored();
    }

    @Override
    public CursorState change(Function<Optional<CursorState>, CursorState> change)
        throws ClaimLostException {
      return claim.change(change);
    }

    @Override
    public Duration process(List<Delivery<T>> deliveries, Advance advance)
        throws EffectFailedException, ClaimLostException, NotStartedException {
      List<Scope> scopes = new ArrayList<>(deliveries.size());
      Duration time;
      try {
        time = claim.process(deliveries, entering(deliveries, scopes, advance));
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
      return new Advance() {
        @Override
        public void begin() {
          advance.begin();
          deliveries.forEach(delivery -> scopes.add(attempts.enter(delivery)));
        }

        @Override
        public void beforeCall() {
          advance.beforeCall();
        }

        @Override
        public CursorState apply(CursorState current, List<Long> finishedOffsets) {
          return advance.apply(current, finishedOffsets);
        }
      };
    }
  }
}
