package org.perille.samples.first;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

public class FirstApplication {
  record Greeting(String to, String text) implements PerilleMessage {}

  public static void main(String[] args) throws IOException {
    Topic<Greeting> greetings = Topic.of("greetings", Greeting.class).keyedBy(Greeting::to);

    Subscription<Greeting> printer =
        Subscription.of("printer", greetings)
            .atLeastOnce(
                delivery ->
                    System.out.println(delivery.message().to() + ": " + delivery.message().text()));

    // Stores in ./data; start it again, and nothing is stored or handled twice.
    try (Perille perille = Perille.start(ConfigFactory.load(), printer)) {
      Publisher<Greeting> publisher = perille.publisher(greetings);
      for (int i = 1; i <= 3; i++) {
        Receipt receipt =
            publisher
                .publish(new Greeting("Aino", "hei " + i), MessageId.of("hei-" + i))
                .toCompletableFuture()
                .join();
        System.out.println("durable at offset " + receipt.offset());
      }
      System.out.println("Press Enter to stop.");
      System.in.read();
    }
  }
}
