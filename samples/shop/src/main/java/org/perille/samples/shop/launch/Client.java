package org.perille.samples.shop.launch;

import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.perille.samples.shop.Books;
import org.perille.samples.shop.Order;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

/** A customer's client, which repeats a request until a node answers. */
final class Client {
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final long PAUSE_MILLIS = 50;

  private final Nodes nodes;
  private final RestClient http;

  Client(Nodes nodes) {
    this.nodes = nodes;
    JdkClientHttpRequestFactory requests =
        new JdkClientHttpRequestFactory(HttpClient.newBuilder().connectTimeout(CONNECT).build());
    requests.setReadTimeout(ANSWER);
    this.http = RestClient.builder().requestFactory(requests).build();
  }

  /** Places an order. It is repeated under its id, since without an answer it may be stored. */
  void place(Order order, int node) throws IOException, InterruptedException {
    repeat(
        node,
        address -> http.post().uri(address + "/orders").body(order).retrieve().toBodilessEntity());
  }

  Books.Summary summary() throws IOException, InterruptedException {
    return repeat(
        0, address -> http.get().uri(address + "/summary").retrieve().body(Books.Summary.class));
  }

  private <R> R repeat(int node, Function<String, R> request)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (int next = node; System.nanoTime() < deadline; next++) {
      try {
        return request.apply(nodes.address(next));
      } catch (ResourceAccessException | HttpServerErrorException e) {
        // It is down, or stops. The next one may answer.
        nodes.keep();
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
    throw new IOException("no node has answered within " + PATIENCE.toMinutes() + " minutes");
  }
}
