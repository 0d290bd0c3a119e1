package org.perille.sharding.internal.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.perille.ConfigurationException;

/**
 * The blocks of a file in PEM format (RFC 7468).
 *
 * @param setting the setting that names the file, for messages
 */
record PemFile(String setting, Path path, List<Block> blocks) {
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN ([^-\\r\\n]+)-----(.*?)-----END [^-\\r\\n]+-----", Pattern.DOTALL);

  /**
   * One block.
   *
   * @param label the type of the content, such as {@code CERTIFICATE}
   * @param text the content in Base64, after headers if it has some
   */
  record Block(String label, String text) {
    /** Returns whether a password is needed to read it. */
    boolean isEncrypted() {
      return label.equals("ENCRYPTED PRIVATE KEY") || text.contains("ENCRYPTED");
    }
  }

  static PemFile read(String setting, Path path) {
    String text;
    try {
      text = Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw failure(setting, path, "there is no such file", e);
    } catch (AccessDeniedException e) {
      throw failure(setting, path, "this process has no permission to read it", e);
    } catch (IOException e) {
      throw failure(setting, path, "it can't be read: " + e.getMessage(), e);
    }
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    return new PemFile(setting, path, blocks);
  }

  /** Returns all certificates, in the order of the file. */
  List<X509Certificate> certificates() {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks) {
      if (block.label.equals("CERTIFICATE")) {
        try {
          certificates.add(
              (X509Certificate)
                  CertificateFactory.getInstance("X.509")
                      .generateCertificate(new ByteArrayInputStream(content(block))));
        } catch (CertificateException e) {
          throw failure(
              "its certificate %d is damaged: %s"
                  .formatted(certificates.size() + 1, e.getMessage()),
              e);
        }
      }
    }
    if (certificates.isEmpty()) {
      throw failure("it has no certificate in PEM format (BEGIN CERTIFICATE)" + found(), null);
    }
    return certificates;
  }

  /** Returns the bytes of a block. */
  byte[] content(Block block) {
    try {
      return Base64.getDecoder().decode(block.text.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw failure("its block '%s' is damaged: %s".formatted(block.label, e.getMessage()), e);
    }
  }

  /** Returns a description of what the file has instead of the expected block. */
  String found() {
    return blocks.isEmpty()
        ? ""
        : ", but " + String.join(", ", blocks.stream().map(Block::label).distinct().toList());
  }

  /** Returns the exception for a file that can't be used. */
  ConfigurationException failure(String problem, Throwable cause) {
    return failure(setting, path, problem, cause);
  }

  static ConfigurationException failure(
      String setting, Path path, String problem, Throwable cause) {
    return new ConfigurationException("'%s' is '%s': %s".formatted(setting, path, problem), cause);
  }
}
