package org.perille.spring.internal;

import io.micrometer.core.instrument.MeterRegistry;
import org.perille.Perille;
import org.perille.micrometer.PerilleMetrics;
import org.perille.spring.PerilleAutoConfiguration;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** The auto-configuration of the node's metrics, if {@code perille-micrometer} is there. */
@AutoConfiguration(
    before = PerilleAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass({MeterRegistry.class, PerilleMetrics.class})
@ConditionalOnSingleCandidate(MeterRegistry.class)
@ConditionalOnBooleanProperty(name = "perille.spring.enabled", matchIfMissing = true)
public final class PerilleMetricsAutoConfiguration {
  PerilleMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  PerilleMetrics perilleMetrics(MeterRegistry registry) {
    return PerilleMetrics.of(registry);
  }

  @Bean
  SmartInitializingSingleton perilleMetricsOfHealth(PerilleMetrics metrics, Perille perille) {
    return () -> metrics.watch(perille);
  }
}
