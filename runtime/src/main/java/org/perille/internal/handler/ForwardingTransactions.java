package org.perille.internal.handler;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.perille.spi.CursorPlace;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;

/** A transactional handler that forwards all calls to another one, as a base of those that add. */
public abstract class ForwardingTransactions<T> implements TransactionalHandler<T> {
  private final TransactionalHandler<T> handler;

  protected ForwardingTransactions(TransactionalHandler<T> handler) {
    this.handler = handler;
  }

  /** Returns what adds to a claim. */
  protected abstract Claim<T> adding(Claim<T> claim);

  @Override
  public void prepare(Config config) {
    handler.prepare(config);
  }

  @Override
  public Claim<T> claim(String topic, String subscription, int partition) throws Exception {
    return adding(handler.claim(topic, subscription, partition));
  }

  @Override
  public Claim<T> claim(String topic, String subscription, int partition, long afterEpoch)
      throws Exception {
    return adding(handler.claim(topic, subscription, partition, afterEpoch));
  }

  @Override
  public Optional<CursorPlace> cursorPlace(String topic, String subscription) {
    return handler.cursorPlace(topic, subscription);
  }

  /** A claim that forwards all calls but those that process messages. */
  public abstract static class ForwardingClaim<T> implements Claim<T> {
    private final Claim<T> claim;

    protected ForwardingClaim(Claim<T> claim) {
      this.claim = claim;
    }

    /** Returns the claim to which calls are forwarded. */
    protected Claim<T> claim() {
      return claim;
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
  }

  /** A worker's part of a transaction that forwards all calls. */
  public abstract static class ForwardingAdvance implements Advance {
    private final Advance advance;

    protected ForwardingAdvance(Advance advance) {
      this.advance = advance;
    }

    @Override
    public void begin() {
      advance.begin();
    }

    @Override
    public void beforeCall() {
      advance.beforeCall();
    }

    @Override
    public CursorState apply(CursorState current, List<Long> finishedOffsets) {
      return advance.apply(current, finishedOffsets);
    }
  }
}
