package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.perille.StorageException;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.Promise;
import slick.dbio.DBIOAction;
import slick.jdbc.JdbcBackend;
import slick.jdbc.SimpleJdbcAction;

/**
 * The database of the journal's plugins: its pool, and the threads that may block.
 *
 * <p>Statements take one run of a thread. The plugin's own actions compile a query each time, and
 * take three runs on two pools.
 */
final class PluginDatabase {
  private final JdbcBackend.JdbcDatabaseDef database;

  PluginDatabase(JdbcBackend.JdbcDatabaseDef database) {
    this.database = database;
  }

  /** Statements on a connection in autocommit mode. */
  @FunctionalInterface
  interface Statements<T> {
    T execute(Connection connection) throws SQLException;
  }

  /** Executes statements. An {@link SQLException} is the cause of a {@link StorageException}. */
  @SuppressWarnings({"rawtypes", "unchecked"}) // Java has no type for an action with any effect
  <T> Future<T> execute(Statements<T> statements) {
    DBIOAction action =
        new SimpleJdbcAction<>(
            context -> {
              try {
                return statements.execute(context.connection());
              } catch (SQLException e) {
                throw new StorageException(e.getMessage(), e);
              }
            });
    return (Future<T>) database.run(action);
  }

  /**
   * Converts a future without a thread hop. Scala's own converter hands each completion to another
   * thread.
   */
  static <T> CompletionStage<T> stage(Future<T> future) {
    CompletableFuture<T> stage = new CompletableFuture<>();
    future.onComplete(
        done ->
            done.isSuccess()
                ? stage.complete(done.get())
                : stage.completeExceptionally(done.failed().get()),
        ExecutionContext.parasitic$.MODULE$);
    return stage;
  }

  /** Converts a stage without a thread hop. */
  static <T> Future<T> future(CompletionStage<T> stage) {
    Promise<T> promise = Promise.apply();
    CompletionStage<?> unused =
        stage.whenComplete(
            (value, failure) -> {
              if (failure == null) {
                promise.success(value);
              } else {
                promise.failure(
                    failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure);
              }
            });
    return promise.future();
  }
}
