package org.perille.spring.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.spring.shop.ShopApplication.Order;
import org.perille.spring.shop.ShopApplication.Payments;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

class ShopApplicationTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final HttpClient client = HttpClient.newHttpClient();

  private static ConfigurableApplicationContext start(String... settings) {
    SpringApplication application =
        new SpringApplicationBuilder(ShopApplication.class)
            .properties("server.port=0", "spring.main.banner-mode=off")
            .properties(settings)
            .build();
    return application.run();
  }

  private String request(ConfigurableApplicationContext context, String path, String body)
      throws Exception {
    int port = ((WebServerApplicationContext) context).getWebServer().getPort();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    if (body != null) {
      request
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(body));
    }
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(200);
    return response.body();
  }

  @Test
  void an_order_is_posted_and_paid_and_actuator_shows_it() throws Exception {
    try (ConfigurableApplicationContext context =
        start(
            "spring.datasource.url=jdbc:h2:mem:shop",
            "management.endpoints.web.exposure.include=*",
            "management.endpoint.health.show-details=always",
            "management.endpoint.health.group.readiness.show-components=always")) {
      request(context, "/orders", "{\"id\":\"o-1\",\"customer\":\"anna\",\"amount\":5}");
      request(context, "/orders", "{\"id\":\"o-1\",\"customer\":\"anna\",\"amount\":5}");
      request(context, "/orders", "{\"id\":\"o-2\",\"customer\":\"bert\",\"amount\":7}");
      await()
          .atMost(TIMEOUT)
          .untilAsserted(
              () -> assertThat(request(context, "/paid", null)).isEqualTo("[\"o-1\",\"o-2\"]"));
      assertThat(request(context, "/ready", null)).isEqualTo("true");

      assertThat(request(context, "/actuator/health", null))
          .contains("\"perille\":{")
          .contains("\"perilleLiveness\":{");
      assertThat(request(context, "/actuator/health/liveness", null)).contains("\"UP\"");
      assertThat(request(context, "/actuator/health/readiness", null))
          .contains("\"perille\":{")
          .contains("\"readinessState\":{");
      await()
          .atMost(TIMEOUT)
          .untilAsserted(
              () ->
                  assertThat(request(context, "/actuator/perille", null))
                      .contains("\"topics\":{\"mails\":2,\"orders\":2}")
                      .contains("\"name\":\"payment\",\"topic\":\"orders\"")
                      .contains("\"lag\":0"));
      await()
          .atMost(TIMEOUT)
          .untilAsserted(
              () ->
                  assertThat(request(context, "/actuator/metrics/perille.published", null))
                      .contains("\"statistic\":\"COUNT\""));
    }
  }

  @Test
  void what_was_published_before_a_stop_is_handled_after_a_restart(@TempDir Path directory)
      throws Exception {
    String[] settings = {
      "spring.datasource.url=jdbc:h2:file:" + directory.resolve("shop"),
      "perille.storage.h2.directory=" + directory.resolve("messages"),
      "perille.storage.h2.sync=off",
      "spring.main.web-application-type=none"
    };
    List<String> ids = IntStream.range(100, 200).mapToObj(i -> "o-" + i).toList();
    List<CompletableFuture<Receipt>> receipts;
    try (ConfigurableApplicationContext context = start(settings)) {
      @SuppressWarnings("unchecked") // the bean of the topic of orders
      Publisher<Order> orders = (Publisher<Order>) context.getBean("ordersPublisher");
      receipts =
          ids.stream()
              .map(id -> orders.publish(new Order(id, id, 1)).toCompletableFuture())
              .toList();
    }
    assertThat(receipts).allSatisfy(receipt -> assertThat(receipt).isCompleted());
    try (ConfigurableApplicationContext context = start(settings)) {
      Payments payments = context.getBean(Payments.class);
      await().atMost(TIMEOUT).untilAsserted(() -> assertThat(payments.paid()).isEqualTo(ids));
    }
  }
}
