package org.perille.proof.cluster;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DatabaseProxyTest {
  private static final int TIMEOUT_MILLIS = 20_000;

  /** A database that accepts one statement at a time, and records it. */
  private static final class NotingDatabase implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<String> statements = new CopyOnWriteArrayList<>();

    NotingDatabase() throws IOException {
      thread(
          () -> {
            while (true) {
              Socket client = socket.accept();
              thread(() -> serve(client));
            }
          });
    }

    private void serve(Socket client) throws IOException {
      DataInputStream in = new DataInputStream(client.getInputStream());
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      in.readNBytes(in.readInt() - 4);
      while (true) {
        String statement = read(in);
        statements.add(statement);
        write(out, 'C', statement);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private interface Io {
    void run() throws IOException;
  }

  private static void thread(Io work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The test is over, or has cut the connection.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static String read(DataInputStream in) throws IOException {
    in.readByte();
    byte[] body = in.readNBytes(in.readInt() - 4);
    return new String(body, 0, body.length - 1, StandardCharsets.ISO_8859_1);
  }

  private static void write(DataOutputStream out, char type, String text) throws IOException {
    out.writeByte(type);
    out.writeInt(text.length() + 5);
    out.writeBytes(text);
    out.writeByte(0);
    out.flush();
  }

  /** A connection of a node. */
  private static final class Client implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    Client(int port) throws IOException {
      socket = new Socket();
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setSoTimeout(TIMEOUT_MILLIS);
      in = new DataInputStream(socket.getInputStream());
      out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(8);
      out.writeInt(196_608);
      out.flush();
    }

    void ask(String statement) throws IOException {
      write(out, 'Q', statement);
    }

    String answer() throws IOException {
      return read(in);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private NotingDatabase database;
  private DatabaseProxy proxy;

  @BeforeEach
  void start() throws IOException {
    database = new NotingDatabase();
    proxy = new DatabaseProxy("127.0.0.1");
    proxy.pointTo(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), database.socket.getLocalPort()));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    database.close();
  }

  @Test
  void what_nobody_waits_for_passes() throws IOException {
    try (Client client = new Client(proxy.open("node-1"))) {
      client.ask("select 1");
      assertThat(client.answer()).isEqualTo("select 1");
      client.ask("COMMIT");
      assertThat(client.answer()).isEqualTo("COMMIT");
    }
  }

  @Test
  void a_commit_that_is_held_back_reaches_the_database_when_it_is_let_go() throws Exception {
    try (Client client = new Client(proxy.open("node-1"))) {
      CommitBreakpoint trap = proxy.arm(CommitBreakpoint.Moment.COMMIT_REQUESTED, Optional.empty());
      client.ask("insert");
      assertThat(client.answer()).isEqualTo("insert");
      client.ask("COMMIT");
      assertThat(trap.sprung().get(180, SECONDS)).isEqualTo("node-1");
      assertThat(database.statements).containsExactly("insert");
      trap.decision().complete(CommitBreakpoint.Decision.PASS);
      assertThat(client.answer()).isEqualTo("COMMIT");
      assertThat(database.statements).containsExactly("insert", "COMMIT");
    }
  }

  @Test
  void a_commit_that_is_held_back_for_a_client_that_dies_still_reaches_the_database()
      throws Exception {
    Client client = new Client(proxy.open("node-1"));
    CommitBreakpoint trap = proxy.arm(CommitBreakpoint.Moment.COMMIT_REQUESTED, Optional.empty());
    client.ask("COMMIT");
    trap.sprung().get(180, SECONDS);
    client.close();
    trap.decision().complete(CommitBreakpoint.Decision.PASS);
    await().atMost(180, SECONDS).until(() -> database.statements.contains("COMMIT"));
  }

  @Test
  void a_commit_whose_request_is_lost_never_reaches_the_database() throws Exception {
    try (Client client = new Client(proxy.open("node-1"))) {
      CommitBreakpoint trap = proxy.arm(CommitBreakpoint.Moment.COMMIT_REQUESTED, Optional.empty());
      trap.decision().complete(CommitBreakpoint.Decision.CUT);
      client.ask("COMMIT");
      assertThatThrownBy(client::answer).isInstanceOf(IOException.class);
      assertThat(database.statements).isEmpty();
    }
  }

  @Test
  void a_commit_whose_answer_is_lost_has_happened() throws Exception {
    try (Client client = new Client(proxy.open("node-1"))) {
      CommitBreakpoint trap = proxy.arm(CommitBreakpoint.Moment.COMMIT_DONE, Optional.empty());
      trap.decision().complete(CommitBreakpoint.Decision.CUT);
      client.ask("COMMIT");
      assertThatThrownBy(client::answer).isInstanceOf(IOException.class);
      assertThat(database.statements).containsExactly("COMMIT");
    }
  }

  @Test
  void a_node_is_answered_before_the_moment_of_the_answer_has_come() throws Exception {
    try (Client client = new Client(proxy.open("node-1"))) {
      CommitBreakpoint trap = proxy.arm(CommitBreakpoint.Moment.COMMIT_ANSWERED, Optional.empty());
      client.ask("COMMIT");
      trap.sprung().get(180, SECONDS);
      assertThat(client.answer()).isEqualTo("COMMIT");
      proxy.disarm(trap);
    }
  }

  @Test
  void a_trap_for_a_node_does_not_spring_for_another_and_springs_once() throws Exception {
    try (Client first = new Client(proxy.open("node-1"));
        Client second = new Client(proxy.open("node-2"))) {
      CommitBreakpoint trap =
          proxy.arm(CommitBreakpoint.Moment.COMMIT_REQUESTED, Optional.of("node-2"));
      first.ask("COMMIT");
      assertThat(first.answer()).isEqualTo("COMMIT");
      assertThat(trap.sprung()).isNotDone();
      trap.decision().complete(CommitBreakpoint.Decision.PASS);
      second.ask("COMMIT");
      assertThat(second.answer()).isEqualTo("COMMIT");
      assertThat(trap.sprung()).isCompletedWithValue("node-2");
      first.ask("COMMIT");
      assertThat(first.answer()).isEqualTo("COMMIT");
    }
  }

  @Test
  void several_traps_may_be_set_and_each_springs_at_its_moment() throws Exception {
    try (Client client = new Client(proxy.open("node-1"))) {
      CommitBreakpoint done = proxy.arm(CommitBreakpoint.Moment.COMMIT_DONE, Optional.of("node-1"));
      CommitBreakpoint requested =
          proxy.arm(CommitBreakpoint.Moment.COMMIT_REQUESTED, Optional.of("node-1"));
      client.ask("COMMIT");
      requested.sprung().get(180, SECONDS);
      assertThat(done.sprung()).isNotDone();
      requested.decision().complete(CommitBreakpoint.Decision.PASS);
      done.sprung().get(180, SECONDS);
      done.decision().complete(CommitBreakpoint.Decision.PASS);
      assertThat(client.answer()).isEqualTo("COMMIT");
    }
  }

  @Test
  void a_reset_ends_all_connections() throws IOException {
    try (Client client = new Client(proxy.open("node-1"))) {
      client.ask("select 1");
      client.answer();
      assertThat(proxy.reset()).isEqualTo(1);
      assertThatThrownBy(client::answer).isInstanceOf(IOException.class);
    }
  }
}
