package org.perille.samples.first;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.testkit.PerilleExtension;
import org.perille.testkit.PerilleTestKit;

class MailingTest {
  record Order(String id, String customer) implements PerilleMessage {}

  static final Topic<Order> ORDERS = Topic.of("orders", Order.class).keyedBy(Order::customer);

  final Queue<String> mails = new ConcurrentLinkedQueue<>();

  final Subscription<Order> mailing =
      Subscription.of("mailing", ORDERS).atLeastOnce(d -> mails.add(d.payload().id()));

  @RegisterExtension final PerilleExtension perille = PerilleExtension.of(mailing);

  @Test
  void an_order_is_mailed(PerilleTestKit kit) {
    kit.publish(ORDERS, new Order("o-1", "anna"));
    kit.awaitAllHandled();
    assertThat(mails).containsExactly("o-1");
  }
}
