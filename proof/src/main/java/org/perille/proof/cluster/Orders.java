package org.perille.proof.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;

/** What the launcher tells a process through the pipe to its standard input. */
final class Orders {
  private static final int QUIET = 'q';
  private static final int LEAVE = '.';

  private volatile Runnable quiet = () -> {};
  private final CompletableFuture<Void> leave = new CompletableFuture<>();

  private Orders() {}

  /** Listens, in the process; when the pipe ends the launcher has died, and the process halts. */
  static Orders listen() {
    Orders orders = new Orders();
    Thread listener = new Thread(orders::hear, "orders");
    listener.setDaemon(true);
    listener.start();
    return orders;
  }

  private void hear() {
    try {
      int order = System.in.read();
      while (order >= 0) {
        if (order == QUIET) {
          quiet.run();
        } else if (order == LEAVE) {
          leave.complete(null);
        }
        order = System.in.read();
      }
    } catch (IOException e) {
      // As if it had ended.
    }
    Runtime.getRuntime().halt(1);
  }

  /** What to do when no more is to be published. */
  void onQuiet(Runnable action) {
    quiet = action;
  }

  /** Completes when the process is to end in good order. */
  CompletableFuture<Void> leave() {
    return leave;
  }

  static void tellQuiet(Process process) {
    tell(process, QUIET);
  }

  static void tellToLeave(Process process) {
    tell(process, LEAVE);
  }

  private static void tell(Process process, int order) {
    OutputStream in = process.getOutputStream();
    try {
      in.write(order);
      in.flush();
    } catch (IOException e) {
      // It has ended; there is nobody to tell.
    }
  }
}
