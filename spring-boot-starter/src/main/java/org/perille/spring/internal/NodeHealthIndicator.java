package org.perille.spring.internal;

import java.util.function.Predicate;
import org.perille.Health;
import org.perille.Perille;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/** A part of the node's health, for Actuator. */
final class NodeHealthIndicator implements HealthIndicator {
  private final Perille perille;
  private final Predicate<Health> up;
  private final Status otherwise;

  /**
   * Creates an indicator.
   *
   * @param up whether the node is healthy
   * @param otherwise its status if it isn't
   */
  NodeHealthIndicator(Perille perille, Predicate<Health> up, Status otherwise) {
    this.perille = perille;
    this.up = up;
    this.otherwise = otherwise;
  }

  @Override
  public org.springframework.boot.health.contributor.Health health() {
    Health health = perille.health();
    org.springframework.boot.health.contributor.Health.Builder result =
        org.springframework.boot.health.contributor.Health.status(
            up.test(health) ? Status.UP : otherwise);
    result.withDetail("detail", health.detail());
    health.problems().forEach(problem -> result.withDetail(problem.subject(), problem.text()));
    return result.build();
  }
}
