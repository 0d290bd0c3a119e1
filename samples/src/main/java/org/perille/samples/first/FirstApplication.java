package org.perille.samples.first;

import com.typesafe.config.ConfigFactory;
import org.perille.*;

public class FirstApplication {
  record Greeting(String to, String text) implements PerilleMessage {}

  public static void main(String[] args) {
    Topic<Greeting> greetings = Topic.of("greetings", Greeting.class).keyedBy(Greeting::to);
    Subscription<Greeting> printer =
        Subscription.of("printer", greetings)
            .atLeastOnce(delivery -> System.out.println("handled " + delivery.payload()));

    try (Perille perille = Perille.start(ConfigFactory.load(), printer)) {
      Publisher<Greeting> publisher = perille.publisher(greetings);
      for (int i = 1; i <= 3; i++) {
        Greeting greeting = new Greeting("Aino", "hei " + i);
        Receipt receipt =
            publisher.publish(greeting, MessageId.of("hei-" + i)).toCompletableFuture().join();
        System.out.println("stored at offset " + receipt.offset());
        perille.subscription(printer).awaitHandled(receipt).toCompletableFuture().join();
      }
    }
  }
}
