package org.perille.samples.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "spring.datasource.url=jdbc:h2:mem:live")
class LiveViewTest {
  @Autowired Checkout checkout;
  @LocalServerPort int port;

  @Test
  void an_open_page_receives_each_stage_of_an_order() throws Exception {
    Queue<String> received = new ConcurrentLinkedQueue<>();
    HttpRequest live =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/live")).build();
    HttpResponse<Stream<String>> page =
        HttpClient.newHttpClient().send(live, HttpResponse.BodyHandlers.ofLines());
    CompletableFuture<Void> reading =
        CompletableFuture.runAsync(() -> page.body().forEach(received::add));
    AtomicInteger orders = new AtomicInteger();
    await()
        .atMost(Duration.ofMinutes(2))
        .failFast("the page was closed", reading::isDone)
        .untilAsserted(
            () -> {
              // The view shows nothing that was published before it has started.
              checkout.place(new Order("o-" + orders.incrementAndGet(), "anna", "a lamp", 25));
              assertThat(received)
                  .anyMatch(line -> line.contains("\"item\":\"a lamp\""))
                  .anyMatch(line -> line.contains("PAID"))
                  .anyMatch(line -> line.contains("MAILED"));
            });
  }
}
