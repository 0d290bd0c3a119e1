package org.perille.samples.orders;

import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.pekko.Done;

/**
 * Where an actor lets the shop's database work: one thing after the other, and not on its thread.
 */
final class ShopThread implements AutoCloseable {
  private final ExecutorService executor = Executors.newSingleThreadExecutor();

  /** Something that asks the database. */
  @FunctionalInterface
  interface Query<T> {
    T run() throws SQLException;
  }

  /** Something that changes the database. */
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

  /** Ends when it has done what it was told before. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
