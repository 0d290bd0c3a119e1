package org.perille.samples.orders;

import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.pekko.Done;

/** Runs an actor's database operations one at a time, on a thread of their own. */
final class ShopThread implements AutoCloseable {
  private final ExecutorService executor = Executors.newSingleThreadExecutor();

  /** A query. */
  @FunctionalInterface
  interface Query<T> {
    T run() throws SQLException;
  }

  /** An update. */
  @FunctionalInterface
  interface Update {
    void run() throws SQLException;
  }

  <T> CompletionStage<T> ask(Query<T> query) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return query.run();
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        },
        executor);
  }

  CompletionStage<Done> change(Update update) {
    return ask(
        () -> {
          update.run();
          return Done.getInstance();
        });
  }

  /** Stops after the operations that were submitted before. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
