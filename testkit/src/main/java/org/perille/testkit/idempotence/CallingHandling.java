package org.perille.testkit.idempotence;

import org.perille.Delivery;
import org.perille.Handler;
import org.perille.Subscription;
import org.perille.testkit.idempotence.Step.Where;

/** At-least-once: the handler, then the cursor, which becomes durable some time later. */
final class CallingHandling<T> implements Handling<T> {
  private final Subscription<T> subscription;
  private final Handler<T> handler;
  private final World world;
  private final HandlerRun run;

  CallingHandling(Subscription<T> subscription, Handler<T> handler, World world) {
    this.subscription = subscription;
    this.handler = handler;
    this.world = world;
    this.run = world.run();
  }

  @Override
  public void run(Messages<T> messages, boolean again) throws Exception {
    long first = world.durable().cursor();
    for (long offset = first; offset < messages.size(); offset++) {
      run.steps().begin(offset);
      run.at("before the handler");
      handle(messages, offset, again);
      run.steps().enter(Where.AFTER);
      run.at("after the handler, before the cursor is durable");
      // A crash here finds the cursor before all messages.
      world.durable().cursor(0);
      run.at("after the acknowledgements, before any cursor is durable");
      world.durable().cursor(offset + 1);
      run.steps().pause();
    }
  }

  private void handle(Messages<T> messages, long offset, boolean again) throws Exception {
    for (int attempt = 1; ; attempt++) {
      Delivery<T> delivery = messages.delivery(subscription, offset, attempt, again);
      run.steps().enter(Where.HANDLER);
      try {
        handler.handle(delivery);
        run.requireAlive();
        return;
      } catch (Exception e) {
        run.requireAlive();
        if (attempt == MAX_ATTEMPTS) {
          throw new HandlingFailedException(offset, attempt, e);
        }
      }
    }
  }
}
