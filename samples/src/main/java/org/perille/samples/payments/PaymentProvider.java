package org.perille.samples.payments;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.perille.samples.launch.Journal;

/**
 * A simulated payment provider of another company.
 *
 * <p>It doesn't run in the node's process, so its charges survive every crash of the node. {@code
 * POST /<client>} with a payment's id, account and amount charges it. A call with an {@code
 * Idempotency-Key} that this client has used before charges nothing, and its answer is the earlier
 * charge. A call without a key always charges. Calls are written to disk before they are answered.
 */
final class PaymentProvider implements AutoCloseable {
  static final String KEY_HEADER = "Idempotency-Key";
  private static final String KIND = "provider";
  private static final String NO_KEY = "-";
  private static final int THREADS = 8;
  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int KEY_OF_ANOTHER = 422;
  private static final Pattern TAB = Pattern.compile("\t");

  /**
   * A call.
   *
   * @param client the handler that calls
   * @param chargeId the charge in the answer
   * @param charged true if this call made the charge, false if an earlier one did
   */
  record Call(
      String client,
      Optional<String> key,
      String paymentId,
      String account,
      long amountInCents,
      String chargeId,
      boolean charged) {

    private static Call parse(String line) {
      String[] f = TAB.split(line, -1);
      return new Call(
          f[0],
          f[1].equals(NO_KEY) ? Optional.empty() : Optional.of(f[1]),
          f[2],
          f[3],
          Long.parseLong(f[4]),
          f[5],
          Boolean.parseBoolean(f[6]));
    }

    private String line() {
      return String.join(
          "\t",
          client,
          key.orElse(NO_KEY),
          paymentId,
          account,
          String.valueOf(amountInCents),
          chargeId,
          charged + ";");
    }

    private boolean isOfSamePayment(Call other) {
      return paymentId.equals(other.paymentId)
          && account.equals(other.account)
          && amountInCents == other.amountInCents;
    }
  }

  private final Journal journal;
  private final Map<String, Call> byKey = new HashMap<>();
  private final AtomicLong calls = new AtomicLong();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private long charges;

  private PaymentProvider(Path directory) throws IOException {
    calls(directory).forEach(this::remember);
    journal = Journal.open(directory, KIND, "calls");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Starts the provider, with the calls that it has on disk. */
  static PaymentProvider open(Path directory) throws IOException {
    return new PaymentProvider(directory);
  }

  /** Reads all calls ever received, in order. */
  static List<Call> calls(Path directory) {
    List<Call> calls = new ArrayList<>();
    Journal.readAll(directory, KIND, line -> calls.add(Call.parse(line)));
    return calls;
  }

  /** Returns the port on this machine. */
  int port() {
    return server.getAddress().getPort();
  }

  /** Returns the number of calls so far. */
  long taken() {
    return calls.get();
  }

  private void remember(Call call) {
    calls.incrementAndGet();
    if (call.charged) {
      charges++;
      call.key.ifPresent(key -> byKey.put(scoped(call.client, key), call));
    }
  }

  private static String scoped(String client, String key) {
    return client + " " + key;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String client = exchange.getRequestURI().getPath().substring(1);
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String[] f = TAB.split(body, -1);
      if (f.length != 3) {
        answer(exchange, BAD_REQUEST, "send payment, account and amount");
        return;
      }
      Optional<String> key = Optional.ofNullable(exchange.getRequestHeaders().getFirst(KEY_HEADER));
      Call asked = new Call(client, key, f[0], f[1], Long.parseLong(f[2]), "", false);
      Optional<Call> call = take(asked);
      if (call.isPresent()) {
        answer(exchange, OK, call.get().chargeId);
      } else {
        answer(exchange, KEY_OF_ANOTHER, "the key was used for another payment");
      }
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /**
   * Records a call.
   *
   * @return the call as it is answered; empty if its key belongs to another payment
   */
  private synchronized Optional<Call> take(Call asked) throws IOException {
    Optional<Call> before = asked.key.map(key -> byKey.get(scoped(asked.client, key)));
    if (before.isPresent() && !before.get().isOfSamePayment(asked)) {
      return Optional.empty();
    }
    Call call =
        new Call(
            asked.client,
            asked.key,
            asked.paymentId,
            asked.account,
            asked.amountInCents,
            before.map(Call::chargeId).orElse("charge-" + (charges + 1)),
            before.isEmpty());
    journal.append(call.line());
    remember(call);
    return Optional.of(call);
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    threads.shutdown();
    journal.close();
  }
}
