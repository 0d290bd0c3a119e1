package org.perille.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SharedKitTest {
  record Visit(String page) implements PerilleMessage {}

  private static final Topic<Visit> VISITS = Topic.of("visits", Visit.class).keyedBy(Visit::page);

  private static final List<Subscription<Visit>> COUNTING = new ArrayList<>();

  @RegisterExtension
  static final PerilleExtension PERILLE = PerilleExtension.preparedBy(SharedKitTest::prepare);

  private static void prepare(PerilleTestKit kit) {
    kit.tables().execute("CREATE TABLE visited (page VARCHAR(100))");
    COUNTING.add(
        Subscription.of("counting", VISITS)
            .effectivelyOnce(
                JdbcHandler.of(
                    kit.dataSource(),
                    (connection, delivery) -> {
                      try (var insert =
                          connection.prepareStatement("INSERT INTO visited VALUES (?)")) {
                        insert.setString(1, delivery.payload().page());
                        insert.executeUpdate();
                      }
                    })));
    kit.register(COUNTING.get(0));
  }

  @Test
  @Order(1)
  void tests_of_a_class_share_a_static_kit(PerilleTestKit kit) {
    kit.publish(VISITS, new Visit("home"));
    kit.awaitAllHandled();
    assertThat(kit.tables().query("SELECT page FROM visited")).containsExactly(List.of("home"));
  }

  @Test
  @Order(2)
  void and_what_the_tests_before_have_left_in_it(PerilleTestKit kit) {
    assertThat(kit.tables().query("SELECT page FROM visited")).containsExactly(List.of("home"));
    assertThat(COUNTING).hasSize(1);
  }
}
