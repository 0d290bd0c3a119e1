package org.perille.samples.payments;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** Calls the payment provider. */
final class ProviderClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int OK = 200;

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final URI provider;

  ProviderClient(int port) {
    this.provider = URI.create("http://127.0.0.1:" + port + "/");
  }

  /**
   * Charges a payment.
   *
   * @param client the handler that calls
   * @param idempotencyKey the key by which the provider recognises a repetition, if there is one
   * @throws IOException if the provider hasn't answered; the outcome of the charge is then unknown
   */
  Charge charge(String client, PaymentBooked payment, Optional<String> idempotencyKey)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(provider.resolve(client))
            .timeout(TIMEOUT)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "%s\t%s\t%d"
                        .formatted(
                            payment.paymentId(), payment.account(), payment.amountInCents())));
    idempotencyKey.ifPresent(key -> request.header(PaymentProvider.KEY_HEADER, key));
    HttpResponse<String> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != OK) {
      throw new IOException(
          "the provider answers '%s' with %d: %s"
              .formatted(payment.paymentId(), response.statusCode(), response.body()));
    }
    return new Charge(response.body());
  }
}
