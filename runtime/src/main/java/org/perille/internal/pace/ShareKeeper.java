package org.perille.internal.pace;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Divides the limits of a subscription among the nodes that ask: one in the cluster at a time. */
public final class ShareKeeper {
  private ShareKeeper() {}

  /**
   * Makes a keeper that knows nothing.
   *
   * @param allReachable whether this node can reach all others
   */
  public static Behavior<ShareRequest> create(
      LongSupplier nanoClock, BooleanSupplier allReachable) {
    return Behaviors.setup(
        context -> {
          Shares shares = new Shares(nanoClock.getAsLong());
          return Behaviors.receive(ShareRequest.class)
              .onMessage(
                  ShareRequest.class,
                  request -> {
                    shares
                        .answer(
                            request.report(), allReachable.getAsBoolean(), nanoClock.getAsLong())
                        .ifPresent(request.replyTo()::tell);
                    return Behaviors.same();
                  })
              .build();
        });
  }
}
