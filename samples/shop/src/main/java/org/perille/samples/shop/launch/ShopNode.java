package org.perille.samples.shop.launch;

import java.util.concurrent.CompletableFuture;
import org.perille.samples.launch.Lifeline;
import org.perille.samples.shop.ShopApplication;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The application in a process of its own, until its launcher stops it. */
final class ShopNode {
  private ShopNode() {}

  public static void main(String[] arguments) {
    CompletableFuture<Void> stopRequest = Lifeline.watch();
    ConfigurableApplicationContext application =
        SpringApplication.run(ShopApplication.class, arguments);
    stopRequest.join();
    application.close();
  }
}
