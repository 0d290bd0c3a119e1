package org.perille.internal.limit;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The actor that divides the limits of a subscription among the nodes. One runs in the cluster at a
 * time.
 */
public final class LimitCoordinator {
  private LimitCoordinator() {}

  /** Creates a coordinator without state. */
  public static Behavior<LeaseRequest> create(
      LongSupplier nanoClock, BooleanSupplier allReachable) {
    return Behaviors.setup(
        context -> {
          LimitAllocations allocations = new LimitAllocations(nanoClock.getAsLong());
          return Behaviors.receive(LeaseRequest.class)
              .onMessage(
                  LeaseRequest.class,
                  request -> {
                    allocations
                        .answer(
                            request.report(), allReachable.getAsBoolean(), nanoClock.getAsLong())
                        .ifPresent(request.replyTo()::tell);
                    return Behaviors.same();
                  })
              .build();
        });
  }
}
