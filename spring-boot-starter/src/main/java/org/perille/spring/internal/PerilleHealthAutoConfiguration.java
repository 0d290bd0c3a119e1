package org.perille.spring.internal;

import org.perille.Health;
import org.perille.Perille;
import org.perille.spring.PerilleAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroupsPostProcessor;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The auto-configuration of the node's health, and of its part in the probes. */
@AutoConfiguration(
    after = PerilleAutoConfiguration.class,
    afterName =
        "org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration")
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnBean(Perille.class)
@ConditionalOnEnabledHealthIndicator("perille")
public final class PerilleHealthAutoConfiguration {
  PerilleHealthAutoConfiguration() {}

  /** The node's readiness, with its problems. A node that isn't ready is out of service. */
  @Bean
  HealthIndicator perilleHealthIndicator(Perille perille) {
    return new NodeHealthIndicator(perille, Health::ready, Status.OUT_OF_SERVICE);
  }

  /** The node's liveness: down only if a restart of the process may help. */
  @Bean
  HealthIndicator perilleLivenessHealthIndicator(Perille perille) {
    return new NodeHealthIndicator(perille, Health::live, Status.DOWN);
  }

  /** The node's part in the groups of the probes. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(HealthEndpointGroups.class)
  static class Probes {
    @Bean
    static HealthEndpointGroupsPostProcessor perilleProbes() {
      return NodeProbes::new;
    }
  }
}
