package org.perille.spring.internal;

import org.perille.Outbox;
import org.perille.Perille;
import org.perille.Topic;
import org.perille.spring.PerilleAutoConfiguration;
import org.perille.spring.PerilleSubscriptions;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The auto-configuration of the endpoint {@code perille} of Actuator. */
@AutoConfiguration(after = PerilleAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(Perille.class)
@ConditionalOnAvailableEndpoint(PerilleEndpoint.class)
public final class PerilleEndpointAutoConfiguration {
  PerilleEndpointAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  PerilleEndpoint perilleEndpoint(
      Perille perille,
      ObjectProvider<Topic<?>> topics,
      PerilleSubscriptions subscriptions,
      ObjectProvider<Outbox> outboxes) {
    return new PerilleEndpoint(
        perille,
        () -> topics.stream().toList(),
        subscriptions::all,
        () -> outboxes.orderedStream().toList());
  }
}
