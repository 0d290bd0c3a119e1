package org.perille.proof.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The certificates for mutual TLS between the processes, made by the program {@code openssl}.
 *
 * <p>The authority is replaced in the order in which operators do it: all trust both authorities,
 * then all get new certificates, then all trust the new authority only.
 *
 * <p><b>Threading</b>: any thread.
 */
final class Certificates {
  /** The time after which a process uses replaced files. */
  static final int RELOAD_SECONDS = 1;

  private static final String CERTIFICATE = "node.pem";
  private static final String KEY = "node.key";
  private static final String TRUSTED = "trusted.pem";

  private final Path directory;
  private final Map<String, Host> hosts = new LinkedHashMap<>();
  private int authority = 1;

  /** True while the next authority is trusted, too. */
  private boolean isReplaced;

  /** True while certificates of the next authority are in use, and both are trusted. */
  private boolean isIssued;

  private Certificates(Path directory) {
    this.directory = directory;
  }

  /** Returns whether this machine has a version of the program that can make certificates. */
  static boolean canBeMade() {
    try {
      return Shell.run("openssl", "version").matches("(?s)OpenSSL ([3-9]|\\d\\d).*");
    } catch (IOException e) {
      return false;
    }
  }

  static Certificates create(Path directory) throws IOException {
    Certificates certificates = new Certificates(Files.createDirectories(directory));
    // Without the extensions that the machine's configuration would add.
    Files.writeString(directory.resolve("openssl.conf"), "[req]\ndistinguished_name=dn\n[dn]\n");
    certificates.createAuthority(1);
    return certificates;
  }

  /** Returns the settings of the process on a host, as options of the JVM. */
  synchronized List<String> options(Host host) throws IOException {
    if (!hosts.containsKey(host.name())) {
      hosts.put(host.name(), host);
      issue(host);
      trust(host);
    }
    String tls = "-Dperille.cluster.tls.";
    return List.of(
        tls + "certificate=" + file(host, CERTIFICATE),
        tls + "key=" + file(host, KEY),
        tls + "trusted=" + file(host, TRUSTED),
        tls + "reload-interval=" + RELOAD_SECONDS + "s",
        "-Dperille.cluster.allow-plaintext=off");
  }

  /** Begins to replace the authority. Nothing happens if that has begun already. */
  synchronized void trustNext() throws IOException {
    if (!isReplaced) {
      createAuthority(authority + 1);
      isReplaced = true;
      for (Host host : hosts.values()) {
        trust(host);
      }
    }
  }

  /** Issues certificates of the next authority. */
  synchronized void issueNext() throws IOException {
    if (isReplaced && !isIssued) {
      authority++;
      isIssued = true;
      for (Host host : hosts.values()) {
        issue(host);
      }
    }
  }

  /** Ends the replacement: the former authority isn't trusted any more. */
  synchronized void trustNextOnly() throws IOException {
    if (isIssued) {
      isReplaced = false;
      isIssued = false;
      for (Host host : hosts.values()) {
        trust(host);
      }
    }
  }

  private Path file(Host host, String name) {
    return directory.resolve(host.name()).resolve(name);
  }

  private String authority(int number, String type) {
    return directory.resolve("authority-" + number + type).toString();
  }

  private void createAuthority(int number) throws IOException {
    make(
        "authority-" + number,
        Path.of(authority(number, ".pem")),
        Path.of(authority(number, ".key")),
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=critical,keyCertSign");
  }

  private void issue(Host host) throws IOException {
    Path directoryOfHost = Files.createDirectories(directory.resolve(host.name()));
    Path certificate = directoryOfHost.resolve("next.pem");
    Path key = directoryOfHost.resolve("next.key");
    make(
        host.name(),
        certificate,
        key,
        "-CA",
        authority(authority, ".pem"),
        "-CAkey",
        authority(authority, ".key"),
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        "subjectAltName=IP:" + host.address());
    replace(key, file(host, KEY));
    replace(certificate, file(host, CERTIFICATE));
  }

  private void make(String name, Path certificate, Path key, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "openssl",
                "req",
                "-x509",
                "-config",
                directory.resolve("openssl.conf").toString(),
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-sha256",
                "-days",
                "365",
                "-subj",
                "/CN=" + name,
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString()));
    command.addAll(List.of(more));
    Shell.run(command);
  }

  private void trust(Host host) throws IOException {
    StringBuilder trusted = new StringBuilder();
    int first = isIssued ? authority - 1 : authority;
    int last = isReplaced && !isIssued ? authority + 1 : authority;
    for (int number = first; number <= last; number++) {
      trusted.append(
          Files.readString(Path.of(authority(number, ".pem")), StandardCharsets.US_ASCII));
    }
    Path next = file(host, "next-trusted.pem");
    Files.writeString(next, trusted, StandardCharsets.US_ASCII);
    replace(next, file(host, TRUSTED));
  }

  /** Replaces a file at once, because a process reads it at any time. */
  private static void replace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
