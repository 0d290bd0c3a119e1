package org.perille.spring.modulith;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.modulith.events.Externalized;
import org.springframework.modulith.events.core.EventPublicationRepository;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * An application of Spring Modulith: its modules publish events of the application, and those with
 * {@code @Externalized} are for other applications.
 */
@SpringBootApplication
class ModulithApplication {
  /** A message of the topic of orders. */
  interface OrderEvent extends PerilleMessage {
    String customer();

    String id();
  }

  @Externalized("orders")
  record OrderPlaced(String customer, String id) implements OrderEvent {}

  /** An event with the routing key that its topic has, too. */
  @Externalized("orders::#{customer}")
  record OrderConfirmed(String customer, String id) implements OrderEvent {}

  @Externalized("orders::#{#this.id()}")
  record OrderWithAnotherKey(String customer, String id) implements OrderEvent {}

  @Externalized("orders::#{@keys.of(#this)}")
  record OrderWithKeyOfABean(String customer, String id) implements OrderEvent {}

  /** An event of another type than its topic. */
  @Externalized("orders")
  record Reminder(String id) {}

  @Externalized("nowhere")
  record Lost(String id) implements PerilleMessage {}

  /** An event that is not externalized. */
  record Noted(String id) {}

  /** The events that handlers and listeners have received. */
  @Component
  static class Seen {
    final List<String> orders = new CopyOnWriteArrayList<>();
    final List<String> shipped = new CopyOnWriteArrayList<>();
    final List<String> noted = new CopyOnWriteArrayList<>();
    final List<String> callsOfTheRegistry = new CopyOnWriteArrayList<>();
  }

  @Bean
  Topic<OrderEvent> orders() {
    return Topic.of("orders", OrderEvent.class).keyedBy(OrderEvent::customer).withPartitions(2);
  }

  @Bean
  Topic<Shipped> shipped() {
    return Topic.of("Shipped", Shipped.class).keyedBy(Shipped::id).withPartitions(1);
  }

  @Bean
  Subscription<OrderEvent> seenOrders(Topic<OrderEvent> orders, Seen seen) {
    return Subscription.of("seen", orders)
        .atLeastOnce(delivery -> seen.orders.add(delivery.payload().id()));
  }

  @Bean
  Subscription<Shipped> seenShipped(Topic<Shipped> shipped, Seen seen) {
    return Subscription.of("seen", shipped)
        .atLeastOnce(delivery -> seen.shipped.add(delivery.payload().id()));
  }

  /** Modulith's registry stores here what transactional listeners have to receive. */
  @Bean
  EventPublicationRepository eventPublications(Seen seen) {
    return (EventPublicationRepository)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {EventPublicationRepository.class},
            (proxy, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return method.invoke(seen, arguments);
              }
              seen.callsOfTheRegistry.add(method.getName());
              if (method.getName().equals("create")) {
                return arguments[0];
              }
              Class<?> type = method.getReturnType();
              if (type == boolean.class) {
                return false;
              }
              if (type == int.class) {
                return 0;
              }
              return type == Optional.class
                  ? Optional.empty()
                  : type == List.class ? List.of() : null;
            });
  }

  @Service
  static class Orders {
    private final JdbcTemplate jdbc;
    private final ApplicationEventPublisher events;

    Orders(JdbcTemplate jdbc, ApplicationEventPublisher events) {
      this.jdbc = jdbc;
      this.events = events;
      jdbc.execute("CREATE TABLE placed (id VARCHAR(50) PRIMARY KEY)");
    }

    @Transactional
    public void place(String customer, String id) {
      jdbc.update("INSERT INTO placed (id) VALUES (?)", id);
      events.publishEvent(new OrderPlaced(customer, id));
    }

    @Transactional
    public void publish(Object... all) {
      for (Object event : all) {
        events.publishEvent(event);
      }
    }

    long placed(String id) {
      return Optional.ofNullable(
              jdbc.queryForObject("SELECT COUNT(*) FROM placed WHERE id = ?", Long.class, id))
          .orElse(0L);
    }
  }

  /** Other modules. */
  @Component
  static class Listeners {
    private final ApplicationEventPublisher events;
    private final Seen seen;

    Listeners(ApplicationEventPublisher events, Seen seen) {
      this.events = events;
      this.seen = seen;
    }

    /** Confirms at once, in the transaction that places the order. */
    @Order(0)
    @EventListener
    void confirm(OrderPlaced order) {
      if (order.id().startsWith("confirmed-")) {
        events.publishEvent(new OrderConfirmed(order.customer(), "confirmation-of-" + order.id()));
      }
    }

    @TransactionalEventListener
    void note(Noted noted) {
      seen.noted.add(noted.id());
    }
  }
}
