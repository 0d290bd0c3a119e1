package org.perille.internal.pace;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Divides the limits of a subscription among the nodes that ask: one in the cluster at a time. */
public final class LimitCoordinator {
  private LimitCoordinator() {}

  /**
   * Makes a coordinator that knows nothing.
   *
   * @param allReachable whether this node can reach all others
   */
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
