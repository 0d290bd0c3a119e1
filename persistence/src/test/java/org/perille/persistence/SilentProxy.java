package org.perille.persistence;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A TCP proxy that can go silent.
 *
 * <p>From then on it forwards nothing, and closes nothing either, like a host without power.
 */
public final class SilentProxy implements AutoCloseable {
  private final int target;
  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean silent;

  /** Creates a proxy for a port of this machine. */
  public SilentProxy(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  public void silence() {
    silent = true;
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "silent proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        sockets.add(client);
        Socket database = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(database);
        start(() -> forward(client, database));
        start(() -> forward(database, client));
      }
    } catch (IOException e) {
      // The socket is closed.
    }
  }

  private void forward(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[8192];
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        if (!silent) {
          out.write(bytes, 0, length);
          out.flush();
        }
      }
      if (!silent) {
        to.close();
      }
    } catch (IOException e) {
      // The socket is closed.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
