package org.perille.proof.cluster;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/** The commands that the launcher sends to a process through the pipe to its standard input. */
final class Orders {
  private static final int QUIET = 'q';
  private static final int LEAVE = '.';
  private static final int CLOCK = 'c';

  private final CompletableFuture<Void> quiet = new CompletableFuture<>();
  private volatile LongConsumer clock = shift -> {};
  private final CompletableFuture<Void> leave = new CompletableFuture<>();

  private Orders() {}

  /**
   * Starts to read commands in the process. If the pipe ends, the launcher has died, and the
   * process halts.
   */
  static Orders listen() {
    Orders orders = new Orders();
    Thread listener = new Thread(orders::hear, "orders");
    listener.setDaemon(true);
    listener.start();
    return orders;
  }

  private void hear() {
    try (DataInputStream in = new DataInputStream(System.in)) {
      int order = in.read();
      while (order >= 0) {
        switch (order) {
          case QUIET -> quiet.complete(null);
          case LEAVE -> leave.complete(null);
          case CLOCK -> clock.accept(in.readLong());
          default -> throw new IOException("unknown command " + order);
        }
        order = in.read();
      }
    } catch (IOException e) {
      // Handled like the end of the pipe.
    }
    Runtime.getRuntime().halt(1);
  }

  /** Sets the action for the end of publishing. Runs it at once if the command came before. */
  void onQuiet(Runnable action) {
    CompletableFuture<Void> unused = quiet.thenRun(action);
  }

  /**
   * Sets the action for a new clock. It receives the milliseconds by which the clock is ahead of
   * the machine's.
   */
  void onClock(LongConsumer action) {
    clock = action;
  }

  /** Returns a stage that completes when the process must leave in good order. */
  CompletableFuture<Void> leave() {
    return leave;
  }

  static void tellQuiet(Process process) {
    tell(process, QUIET);
  }

  static void tellToLeave(Process process) {
    tell(process, LEAVE);
  }

  static void tellClock(Process process, long shiftMillis) {
    tell(
        process,
        in -> {
          in.write(CLOCK);
          in.writeLong(shiftMillis);
        });
  }

  private static void tell(Process process, int order) {
    tell(process, in -> in.write(order));
  }

  private interface Telling {
    void to(DataOutputStream in) throws IOException;
  }

  private static void tell(Process process, Telling telling) {
    DataOutputStream in = new DataOutputStream(process.getOutputStream());
    try {
      telling.to(in);
      in.flush();
    } catch (IOException e) {
      // The process has exited, so that the command is obsolete.
    }
  }
}
