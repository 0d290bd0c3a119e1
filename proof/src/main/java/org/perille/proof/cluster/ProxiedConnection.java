package org.perille.proof.cluster;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/**
 * One connection of PostgreSQL's frontend/backend protocol 3.0, message by message.
 *
 * <p>A message is a byte for its type, four bytes for its length, and the content. The first
 * message has no type.
 */
final class ProxiedConnection {
  private static final int PARSE = 'P';
  private static final int QUERY = 'Q';
  private static final int COMMAND_COMPLETE = 'C';
  private static final String COMMIT = "COMMIT";
  private static final String APPEND = "INSERT INTO \"perille_journal\"";

  /** The first words of a statement that reads for many recovering actors. */
  private static final String READ_OF_MANY = "SELECT asked.";

  private static final String SNAPSHOT_TABLE = "perille_snapshot";
  private static final int BUFFER_BYTES = 1 << 16;

  private final Socket client;
  private final Socket server;
  private final Function<CommitBreakpoint.Moment, CommitBreakpoint.Decision> decider;
  private final Runnable onAppend;

  ProxiedConnection(
      Socket client,
      Socket server,
      Function<CommitBreakpoint.Moment, CommitBreakpoint.Decision> decider,
      Runnable onAppend)
      throws SocketException {
    this.client = client;
    this.server = server;
    this.decider = decider;
    this.onAppend = onAppend;
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
  }

  /** A message. It isn't a record, because records shouldn't hold arrays. */
  private static final class Message {
    private final int type;
    private final byte[] body;

    Message(int type, byte[] body) {
      this.type = type;
      this.body = body;
    }

    static Message read(DataInputStream in) throws IOException {
      int type = in.readUnsignedByte();
      return new Message(type, readBody(in));
    }

    static byte[] readBody(DataInputStream in) throws IOException {
      byte[] body = new byte[in.readInt() - Integer.BYTES];
      in.readFully(body);
      return body;
    }

    void write(DataOutputStream out) throws IOException {
      out.writeByte(type);
      writeBody(out, body);
    }

    static void writeBody(DataOutputStream out, byte[] body) throws IOException {
      out.writeInt(body.length + Integer.BYTES);
      out.write(body);
    }
  }

  /** Passes the client's requests on, until either side closes the connection. */
  void passRequests() {
    try (DataInputStream in = in(client);
        DataOutputStream out = out(server)) {
      Message.writeBody(out, Message.readBody(in));
      out.flush();
      while (true) {
        Message message = Message.read(in);
        String sql = sqlOf(message);
        if (sql.startsWith(APPEND)) {
          onAppend.run();
        }
        Optional<CommitBreakpoint.Moment> moment = momentOf(sql);
        if (moment.isPresent() && decider.apply(moment.get()) == CommitBreakpoint.Decision.CUT) {
          reset();
          return;
        }
        message.write(out);
        if (in.available() == 0) {
          out.flush();
        }
      }
    } catch (IOException e) {
      close();
    }
  }

  /** Passes the server's answers on, until either side closes the connection. */
  void passAnswers() {
    try (DataInputStream in = in(server);
        DataOutputStream out = out(client)) {
      while (true) {
        Message message = Message.read(in);
        boolean committed =
            message.type == COMMAND_COMPLETE && text(message.body, 0).equals(COMMIT);
        if (committed
            && decider.apply(CommitBreakpoint.Moment.COMMIT_DONE)
                == CommitBreakpoint.Decision.CUT) {
          reset();
          return;
        }
        message.write(out);
        if (in.available() == 0) {
          out.flush();
        }
        if (committed) {
          out.flush();
          if (decider.apply(CommitBreakpoint.Moment.COMMIT_ANSWERED)
              == CommitBreakpoint.Decision.CUT) {
            reset();
            return;
          }
        }
      }
    } catch (IOException e) {
      close();
    }
  }

  private static String sqlOf(Message message) {
    return switch (message.type) {
      // The name of the statement comes first.
      case PARSE -> text(message.body, text(message.body, 0).length() + 1);
      case QUERY -> text(message.body, 0);
      default -> "";
    };
  }

  private static Optional<CommitBreakpoint.Moment> momentOf(String sql) {
    if (sql.equalsIgnoreCase(COMMIT)) {
      return Optional.of(CommitBreakpoint.Moment.COMMIT_REQUESTED);
    }
    return sql.startsWith(READ_OF_MANY) && sql.contains(SNAPSHOT_TABLE)
        ? Optional.of(CommitBreakpoint.Moment.RECOVERY_READ)
        : Optional.empty();
  }

  /** Returns the text up to a zero byte. */
  private static String text(byte[] body, int from) {
    int end = from;
    while (end < body.length && body[end] != 0) {
      end++;
    }
    return new String(Arrays.copyOfRange(body, from, end), StandardCharsets.ISO_8859_1);
  }

  private static DataInputStream in(Socket socket) throws IOException {
    return new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
  }

  private static DataOutputStream out(Socket socket) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES));
  }

  /** Resets the connection, as a crash does. */
  void reset() {
    try {
      client.setSoLinger(true, 0);
      server.setSoLinger(true, 0);
    } catch (SocketException e) {
      // The socket is closed already.
    }
    close();
  }

  private void close() {
    try {
      client.close();
    } catch (IOException e) {
      // Nothing more can be done.
    }
    try {
      server.close();
    } catch (IOException e) {
      // Nothing more can be done.
    }
  }
}
