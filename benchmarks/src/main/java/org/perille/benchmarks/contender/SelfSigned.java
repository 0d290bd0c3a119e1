package org.perille.benchmarks.contender;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A certificate that all nodes of a benchmark have, and the only one that they trust. */
public final class SelfSigned {
  private static final String PASSWORD = "benchmark";

  private SelfSigned() {}

  /** Creates the certificate for 127.0.0.1, and returns the settings with which nodes use it. */
  public static Map<String, String> settings(Path directory)
      throws IOException, GeneralSecurityException, InterruptedException {
    Files.createDirectories(directory);
    Path store = directory.resolve("node.p12");
    Files.deleteIfExists(store);
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "node",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-dname",
                    "CN=node",
                    "-ext",
                    "san=ip:127.0.0.1",
                    "-storetype",
                    "PKCS12",
                    "-storepass",
                    PASSWORD,
                    "-keystore",
                    store.toString()))
            .inheritIO()
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool can't create a certificate");
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    Path certificate =
        pem(directory.resolve("node.pem"), "CERTIFICATE", keys.getCertificate("node").getEncoded());
    Path key =
        pem(
            directory.resolve("node.key"),
            "PRIVATE KEY",
            keys.getKey("node", PASSWORD.toCharArray()).getEncoded());
    return Map.of(
        "perille.cluster.tls.certificate", certificate.toString(),
        "perille.cluster.tls.key", key.toString(),
        "perille.cluster.tls.trusted", certificate.toString());
  }

  private static Path pem(Path file, String type, byte[] content) throws IOException {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        file, "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(type, lines));
  }
}
