package org.perille.samples.first;

import java.util.Map;
import java.util.Optional;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.Message;
import org.perille.Topic;
import org.slf4j.MDC;

/** Passes the id of a request on with messages, and logs it while they are handled. */
final class RequestIds implements DeliveryInterceptor {
  @Override
  public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
    return Optional.ofNullable(MDC.get("request"))
        .map(id -> Map.of("request", id))
        .orElse(Map.of());
  }

  @Override
  public Scope enter(String subscription, Delivery<?> delivery) {
    Optional.ofNullable(delivery.headers().get("request")).ifPresent(id -> MDC.put("request", id));
    return failure -> MDC.remove("request");
  }
}
