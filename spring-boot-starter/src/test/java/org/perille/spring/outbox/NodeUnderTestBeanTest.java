package org.perille.spring.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.perille.spring.outbox.OutboxApplication.Order;
import org.perille.spring.outbox.OutboxApplication.Seen;
import org.perille.spring.outbox.OutboxApplication.Shop;
import org.perille.testkit.NodeUnderTest;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest(
    classes = OutboxApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.NONE,
    properties = {
      "spring.datasource.url=jdbc:h2:mem:node-under-test",
      "spring.jpa.hibernate.ddl-auto=none",
      "perille.spring.outbox=true"
    })
class NodeUnderTestBeanTest {
  @Autowired NodeUnderTest node;
  @Autowired Shop shop;
  @Autowired Seen seen;

  @Test
  void with_the_test_kit_a_test_waits_for_what_the_application_has_published() {
    shop.place(new Order("anna", "awaited"));
    node.awaitAllHandled();
    assertThat(seen.orders).containsOnlyOnce("awaited");
    assertThat(seen.invoices).containsOnlyOnce("awaited");
  }
}
