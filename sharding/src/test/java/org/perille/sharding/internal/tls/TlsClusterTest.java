package org.perille.sharding.internal.tls;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.remote.artery.tcp.SSLEngineProviderSetup;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.sharding.internal.tls.TestAuthority.Issued;
import org.perille.sharding.internal.tls.TestAuthority.Request;
import org.slf4j.LoggerFactory;

/** Two nodes in one JVM that use TLS. The first one has the log, in an in-memory journal. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsClusterTest {
  record Note(String key, int number) implements PerilleMessage {}

  private static final String HOST = "127.0.0.1";
  private static final Topic<Note> NOTES =
      Topic.of("tls-notes", Note.class).keyedBy(Note::key).withPartitions(2);

  private final TestAuthority authority = TestAuthority.create("cluster");
  private final Set<Integer> handled = ConcurrentHashMap.newKeySet();
  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          log.add(event.getLevel() + " " + event.getFormattedMessage());
        }
      };
  private final List<ActorSystem> strangers = new ArrayList<>();
  private int published;
  @TempDir private static Path directory;
  private Perille first;
  private Perille second;

  @BeforeAll
  void start() {
    first = node("log", authority, "");
    second = node("other", authority, address(first));
    Subscription<Note> mail =
        Subscription.of("mail", NOTES)
            .atLeastOnce(delivery -> handled.add(delivery.payload().number()));
    first.register(mail);
    second.register(mail);
  }

  @AfterAll
  void stop() {
    second.close();
    first.close();
  }

  @BeforeEach
  void recordLog() {
    log.clear();
    tls().setLevel(Level.INFO);
    appender.start();
    root().addAppender(appender);
  }

  @AfterEach
  void stopStrangers() throws Exception {
    root().detachAppender(appender);
    tls().setLevel(null);
    for (ActorSystem stranger : strangers) {
      stranger.terminate();
      try {
        stranger.getWhenTerminated().toCompletableFuture().get(20, SECONDS);
      } catch (TimeoutException e) {
        // Pekko's transport sometimes never ends the connections that were refused. By now nothing
        // in this actor system connects any more.
        LoggerFactory.getLogger(TlsClusterTest.class).info("{} doesn't end", stranger);
      }
    }
    strangers.clear();
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static Logger tls() {
    return (Logger) LoggerFactory.getLogger(PemEngineProvider.class.getPackageName());
  }

  private Path files(String role) {
    return directory.resolve(role);
  }

  private Perille node(String role, TestAuthority issuer, String seed) {
    return Perille.start(
        config(
            TestAuthority.files(files(role), issuer.issue(HOST), issuer),
            "perille.cluster { partition-role = log, tls.reload-interval = 100ms }",
            "pekko.cluster.roles = [" + role + "]",
            "pekko.cluster.seed-nodes = [" + seed + "]"));
  }

  private static Config config(String... settings) {
    return ConfigFactory.parseString(String.join("\n", settings))
        .withFallback(ConfigFactory.parseString("perille.storage.profile = memory"))
        .withFallback(ConfigFactory.load());
  }

  private static String address(Perille node) {
    return '"' + Cluster.get(node.system()).selfMember().address().toString() + '"';
  }

  private static List<Member> members(Perille node) {
    return StreamSupport.stream(
            Cluster.get(node.system()).state().getMembers().spliterator(), false)
        .toList();
  }

  /** Starts a node that asks the first one to join. */
  private void start(ActorSystemSetup setup, String transport) {
    ActorSystem system =
        ActorSystem.create(
            "perille",
            setup.and(
                BootstrapSetup.create(
                    config(
                        "pekko.actor.provider = cluster",
                        "pekko.remote.artery.canonical { hostname = \"127.0.0.1\", port = 0 }",
                        "pekko.remote.artery.transport = " + transport,
                        "pekko.cluster.jmx.multi-mbeans-in-same-jvm = on"))));
    strangers.add(system);
    Cluster.get(Adapter.toTyped(system))
        .manager()
        .tell(Join.create(Cluster.get(first.system()).selfMember().address()));
  }

  private void assertGetsNothing(Stranger stranger, String... logged) {
    start(ActorSystemSetup.create(SSLEngineProviderSetup.create(created -> stranger)), "tls-tcp");
    assertRefused(logged);
  }

  private void assertRefused(String... logged) {
    await()
        .atMost(180, SECONDS)
        .untilAsserted(
            () ->
                assertThat(log)
                    .anySatisfy(
                        line -> assertThat(line).startsWith("WARN TLS refused").contains(logged)));
    publish();
    assertThat(members(first)).hasSize(2);
    assertThat(first.health().ready()).isTrue();
    // It isn't told that there is a cluster, either.
    assertThat(Cluster.get(Adapter.toTyped(strangers.get(0))).state().getMembers()).isEmpty();
  }

  private void publish() {
    CompletableFuture<Receipt> receipt =
        second
            .publisher(NOTES)
            .publish(new Note("key " + published % 5, published))
            .toCompletableFuture();
    assertThat(receipt).succeedsWithin(Duration.ofMinutes(3));
    published++;
  }

  @Test
  void a_node_without_a_certificate_gets_nothing() {
    assertGetsNothing(Stranger.withoutCertificate(), "the other side has no certificate");
  }

  @Test
  void a_node_whose_certificate_has_expired_gets_nothing() {
    Instant past = Instant.now().minus(Duration.ofHours(1));
    assertGetsNothing(
        Stranger.with(authority.issue(Request.of(HOST).validUntil(past))),
        "the certificate has expired",
        "'CN=node'");
  }

  @Test
  void a_node_of_another_authority_gets_nothing() {
    assertGetsNothing(
        Stranger.with(TestAuthority.create("stranger").issue(HOST)),
        "no authority of 'perille.cluster.tls.trusted'",
        "'CN=stranger'");
  }

  @Test
  void a_node_with_the_name_of_another_host_gets_nothing() {
    assertGetsNothing(
        Stranger.with(authority.issue("shop2.example")), "subject alternative names", "'CN=node'");
  }

  /** Also a connection without TLS is logged. */
  @Test
  void a_node_without_tls_gets_nothing() {
    start(ActorSystemSetup.empty(), "tcp");
    assertRefused("the other side doesn't use TLS");
  }

  /** The log has no failure of TLS, and no connection is lost. */
  @Test
  void certificates_and_authorities_are_replaced_while_messages_are_published() {
    TestAuthority next = TestAuthority.create("next");
    // As operators do it: trust both, then issue new certificates, then trust the new one only.
    replace(authority, authority, next);
    replace(next, authority, next);
    replace(next, next);
    Perille third = node("third", next, address(first));
    await().atMost(180, SECONDS).until(() -> members(first).size() == 3);
    publish();
    await().atMost(180, SECONDS).until(() -> handled.size() == published);
    third.close();
    await().atMost(180, SECONDS).until(() -> members(first).size() == 2);
    assertThat(log).noneMatch(line -> line.contains("TLS refused"));
    replace(authority, authority, next);
  }

  @Test
  void a_file_that_can_not_be_used_is_a_problem_of_the_node_that_goes_on_with_the_former_one() {
    Path key = files("other").resolve("node.key");
    TestAuthority.write(key, "nonsense");
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                second.health().problems().stream()
                    .anyMatch(problem -> problem.text().contains(key.toString())));
    publish();
    TestAuthority.files(files("other"), authority.issue(HOST), authority);
    await().atMost(180, SECONDS).until(() -> second.health().problems().isEmpty());
  }

  /** Replaces the files of both nodes, and publishes until they use them. */
  private void replace(TestAuthority issuer, TestAuthority... trusted) {
    for (String role : List.of("log", "other")) {
      Issued issued = issuer.issue(HOST);
      TestAuthority.files(files(role), issued, trusted);
      await()
          .atMost(180, SECONDS)
          .until(
              () -> {
                publish();
                return log.stream().anyMatch(line -> line.contains(serialNumber(issued)));
              });
    }
  }

  private static String serialNumber(Issued issued) {
    return "serial number " + issued.chain().get(0).getSerialNumber().toString(16);
  }
}
