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
  private final Life life;

  CallingHandling(Subscription<T> subscription, Handler<T> handler, World world) {
    this.subscription = subscription;
    this.handler = handler;
    this.world = world;
    this.life = world.life();
  }

  @Override
  public void run(Messages<T> messages, boolean again) throws Exception {
    long first = world.durable().cursor();
    for (long offset = first; offset < messages.size(); offset++) {
      life.steps().begin(offset);
      life.at("before the handler");
      handle(messages, offset, again);
      life.steps().enter(Where.AFTER);
      life.at("after the handler, before the cursor is durable");
      // A crash here finds the cursor before all messages.
      world.durable().cursor(0);
      life.at("after the acknowledgements, before any cursor is durable");
      world.durable().cursor(offset + 1);
      life.steps().pause();
    }
  }

  private void handle(Messages<T> messages, long offset, boolean again) throws Exception {
    for (int attempt = 1; ; attempt++) {
      Delivery<T> delivery = messages.delivery(subscription, offset, attempt, again);
      life.steps().enter(Where.HANDLER);
      try {
        handler.handle(delivery);
        life.requireAlive();
        return;
      } catch (Exception e) {
        life.requireAlive();
        if (attempt == MAX_ATTEMPTS) {
          throw new HandlingFailedException(offset, attempt, e);
        }
      }
    }
  }
}
