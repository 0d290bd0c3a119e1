package org.perille.samples.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PaymentProviderTest {
  private static final PaymentBooked PAYMENT = new PaymentBooked("p", "account", 400, 600);
  private static final Optional<String> KEY = Optional.of("charge/bookings/0/0");

  @TempDir private Path directory;

  @Test
  void a_call_with_a_known_key_gets_the_charge_of_then_and_charges_nothing() throws Exception {
    try (PaymentProvider provider = PaymentProvider.open(directory)) {
      ProviderClient client = new ProviderClient(provider.port());
      Charge first = client.charge("charge", PAYMENT, KEY);
      assertThat(client.charge("charge", PAYMENT, KEY)).isEqualTo(first);
    }
    assertThat(PaymentProvider.calls(directory))
        .extracting(PaymentProvider.Call::charged)
        .containsExactly(true, false);
  }

  @Test
  void a_key_is_known_to_the_next_process_too() throws Exception {
    Charge first;
    try (PaymentProvider provider = PaymentProvider.open(directory)) {
      first = new ProviderClient(provider.port()).charge("charge", PAYMENT, KEY);
    }
    try (PaymentProvider provider = PaymentProvider.open(directory)) {
      assertThat(provider.taken()).isEqualTo(1);
      ProviderClient client = new ProviderClient(provider.port());
      assertThat(client.charge("charge", PAYMENT, KEY)).isEqualTo(first);
      assertThat(client.charge("charge", PAYMENT, Optional.of("another"))).isNotEqualTo(first);
    }
  }

  @Test
  void a_call_without_a_key_always_charges() throws Exception {
    try (PaymentProvider provider = PaymentProvider.open(directory)) {
      ProviderClient client = new ProviderClient(provider.port());
      Charge first = client.charge("naive", PAYMENT, Optional.empty());
      assertThat(client.charge("naive", PAYMENT, Optional.empty())).isNotEqualTo(first);
    }
    assertThat(PaymentProvider.calls(directory)).allMatch(PaymentProvider.Call::charged);
  }

  @Test
  void a_key_of_another_payment_is_refused_and_charges_nothing() throws Exception {
    try (PaymentProvider provider = PaymentProvider.open(directory)) {
      ProviderClient client = new ProviderClient(provider.port());
      client.charge("charge", PAYMENT, KEY);
      assertThatThrownBy(
              () -> client.charge("charge", new PaymentBooked("p", "account", 401, 599), KEY))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("422");
    }
    assertThat(PaymentProvider.calls(directory)).hasSize(1);
  }
}
