package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.perille.internal.limit.Limiter;

/**
 * A limiter that grants less than requested, sometimes nothing. Later it invites another request.
 */
final class ModelLimiter implements Limiter {
  private final Random random;
  private final boolean refuses;
  private final List<Runnable> waiting = new ArrayList<>();

  ModelLimiter(Random random, boolean refuses) {
    this.random = random;
    this.refuses = refuses;
  }

  @Override
  public Optional<Permit> enter(int messages, Runnable whenWorthAsking) {
    if (refuses && random.nextInt(3) == 0) {
      waiting.add(whenWorthAsking);
      return Optional.empty();
    }
    return Optional.of(new Unlimited(refuses ? 1 + random.nextInt(messages) : messages));
  }

  boolean isQuiet() {
    return waiting.isEmpty();
  }

  void open() {
    List<Runnable> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(Runnable::run);
  }
}
