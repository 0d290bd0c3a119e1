package org.perille.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.perille.Delivery;
import org.perille.internal.handler.ForwardingTransactions;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;

/** A transactional handler with a watch around its transactions. */
final class WatchedTransactions<T> extends ForwardingTransactions<T> {
  private final HandlerProbe<T> watch;

  WatchedTransactions(TransactionalHandler<T> handler, HandlerProbe<T> watch) {
    super(handler);
    this.watch = watch;
  }

  @Override
  protected Claim<T> adding(Claim<T> claim) {
    return new WatchedClaim(claim);
  }

  private final class WatchedClaim extends ForwardingClaim<T> {
    WatchedClaim(Claim<T> claim) {
      super(claim);
    }

    @Override
    public Duration process(List<Delivery<T>> deliveries, Advance advance)
        throws EffectFailedException, ClaimLostException, NotStartedException {
      List<HandlerProbe<T>.Call> calls = new ArrayList<>(deliveries.size());
      deliveries.forEach(delivery -> calls.add(watch.begin(delivery)));
      try {
        for (HandlerProbe<T>.Call call : calls) {
          before(call);
        }
        Duration handling = claim().process(deliveries, unlessFailing(calls, advance));
        calls.forEach(HandlerProbe.Call::committed);
        calls.forEach(HandlerProbe.Call::done);
        return handling;
      } catch (EffectFailedException e) {
        failed(calls, e);
        throw e;
      } catch (HandlerProbe.CrashedException e) {
        calls.forEach(call -> call.failed(e));
        throw new ClaimLostException("the node has crashed, as a test requested", e);
      } catch (AnswerLostException e) {
        EffectFailedException failure = new EffectFailedException(e.offset, e.getCause());
        failed(calls, failure);
        throw failure;
      } catch (NotStartedException e) {
        calls.forEach(HandlerProbe.Call::rolledBack);
        throw e;
      } catch (ClaimLostException | RuntimeException e) {
        calls.forEach(call -> call.failed(e));
        throw e;
      }
    }

    private void before(HandlerProbe<T>.Call call) throws EffectFailedException {
      try {
        call.before();
      } catch (HandlerProbe.CrashedException e) {
        throw e;
      } catch (Exception e) {
        throw new EffectFailedException(call.offset(), e);
      }
    }

    private Advance unlessFailing(List<HandlerProbe<T>.Call> calls, Advance advance) {
      return new ForwardingAdvance(advance) {
        @Override
        public CursorState apply(CursorState current, List<Long> finishedOffsets) {
          for (HandlerProbe<T>.Call call : calls) {
            try {
              call.after();
            } catch (InjectedFaultException e) {
              throw new AnswerLostException(call.offset(), e);
            }
          }
          return super.apply(current, finishedOffsets);
        }
      };
    }

    private void failed(List<HandlerProbe<T>.Call> calls, EffectFailedException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      for (HandlerProbe<T>.Call call : calls) {
        if (call.offset() == failure.offset()) {
          call.failed(cause);
        } else {
          call.rolledBack();
        }
      }
    }
  }

  /** Passes a lost answer through the claim, which rolls back on unknown exceptions. */
  private static final class AnswerLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long offset;

    AnswerLostException(long offset, InjectedFaultException cause) {
      super(cause);
      this.offset = offset;
    }
  }
}
