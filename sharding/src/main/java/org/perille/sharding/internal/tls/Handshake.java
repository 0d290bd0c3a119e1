package org.perille.sharding.internal.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** A TLS handshake in memory. */
final class Handshake {
  /** More steps than any handshake has. */
  private static final int MAX_STEPS = 100;

  private Handshake() {}

  /**
   * Connects two engines.
   *
   * @throws SSLException if one of them refuses the other
   */
  static void run(SSLEngine client, SSLEngine server) throws SSLException {
    ByteBuffer toServer = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    ByteBuffer toClient = ByteBuffer.allocate(server.getSession().getPacketBufferSize());
    client.beginHandshake();
    server.beginHandshake();
    for (int step = 0; step < MAX_STEPS; step++) {
      send(client, toServer);
      receive(server, toServer);
      send(server, toClient);
      receive(client, toClient);
      if (isDone(client) && isDone(server)) {
        return;
      }
    }
    throw new SSLException("the handshake has no end");
  }

  private static boolean isDone(SSLEngine engine) {
    return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
  }

  private static void send(SSLEngine engine, ByteBuffer out) throws SSLException {
    // Once only: an engine writes nothing unless there is room for a packet of maximum size.
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      engine.wrap(ByteBuffer.allocate(0), out);
      runTasks(engine);
    }
    out.flip();
  }

  private static void receive(SSLEngine engine, ByteBuffer in) throws SSLException {
    ByteBuffer ignored = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    int before = -1;
    while (in.hasRemaining() && in.position() != before) {
      before = in.position();
      engine.unwrap(in, ignored);
      runTasks(engine);
    }
    in.compact();
  }

  private static void runTasks(SSLEngine engine) {
    for (Runnable task = engine.getDelegatedTask(); task != null; ) {
      task.run();
      task = engine.getDelegatedTask();
    }
  }
}
