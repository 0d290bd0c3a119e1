package org.perille.spring.internal;

import java.util.Optional;
import org.perille.Perille;
import org.perille.Topic;
import org.perille.spring.PerilleAutoConfiguration;
import org.perille.spring.SpringOutbox;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.modulith.events.EventExternalizationConfiguration;

/** The auto-configuration of topics as targets of Spring Modulith's externalized events. */
@AutoConfiguration(
    after = PerilleAutoConfiguration.class,
    afterName = "org.springframework.modulith.events.config.EventExternalizationAutoConfiguration")
@ConditionalOnClass({EventExternalizationConfiguration.class, ConnectionHolder.class})
@ConditionalOnBean(Perille.class)
@ConditionalOnBooleanProperty(
    name = {KnownSettings.MODULITH, "spring.modulith.events.externalization.enabled"},
    matchIfMissing = true)
public final class PerilleModulithAutoConfiguration {
  PerilleModulithAutoConfiguration() {}

  /** The same as Modulith's own, which is in an artifact that the application may not have. */
  @Bean
  @ConditionalOnMissingBean
  EventExternalizationConfiguration perilleEventExternalization(BeanFactory beans) {
    return AutoConfigurationPackages.has(beans)
        ? EventExternalizationConfiguration.defaults(AutoConfigurationPackages.get(beans)).build()
        : EventExternalizationConfiguration.disabled();
  }

  @Bean
  EventExternalizer perilleEventExternalizer(
      ObjectProvider<EventExternalizationConfiguration> configuration,
      ObjectProvider<SpringOutbox> outbox,
      ObjectProvider<Topic<?>> topics) {
    return new EventExternalizer(
        configuration::getObject,
        () -> Optional.ofNullable(outbox.getIfUnique()),
        () -> topics.stream().toList());
  }
}
