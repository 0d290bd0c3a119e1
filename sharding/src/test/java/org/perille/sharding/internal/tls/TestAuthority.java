package org.perille.sharding.internal.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that issues certificates for tests. */
final class TestAuthority {
  /** A certificate with its key. */
  record Issued(List<X509Certificate> chain, PrivateKey key) {
    /** Returns the certificate, and those of intermediate authorities, in PEM format. */
    String certificatePem() {
      return pem(chain);
    }

    /** Returns the key as PKCS#8 in PEM format. */
    String keyPem() {
      return pem("PRIVATE KEY", key.getEncoded());
    }
  }

  /** The properties of a certificate that differ from those of a good one. */
  record Request(
      List<String> names, Instant from, Instant to, String algorithm, List<KeyPurposeId> uses) {
    static Request of(String... names) {
      Instant now = Instant.now();
      return new Request(
          List.of(names),
          now.minus(Duration.ofDays(1)),
          now.plus(Duration.ofDays(90)),
          "EC",
          List.of());
    }

    Request validUntil(Instant time) {
      return new Request(names, from, time, algorithm, uses);
    }

    Request validFrom(Instant time) {
      return new Request(names, time, to, algorithm, uses);
    }

    Request withKeyOf(String chosen) {
      return new Request(names, from, to, chosen, uses);
    }

    Request only(KeyPurposeId... permitted) {
      return new Request(names, from, to, algorithm, List.of(permitted));
    }
  }

  private final String name;
  private final KeyPair keys;
  private final X509Certificate certificate;

  /** The certificates between this authority and the root, this one's first. */
  private final List<X509Certificate> intermediate;

  private TestAuthority(
      String name, KeyPair keys, X509Certificate certificate, List<X509Certificate> intermediate) {
    this.name = name;
    this.keys = keys;
    this.certificate = certificate;
    this.intermediate = intermediate;
  }

  static TestAuthority create(String name) {
    KeyPair keys = keyPair("EC");
    Request request = Request.of().validFrom(Instant.now().minus(Duration.ofDays(1000)));
    return new TestAuthority(name, keys, sign(name, keys, name, keys, request, true), List.of());
  }

  /** Returns an authority that this one has certified. */
  TestAuthority intermediate(String other) {
    KeyPair own = keyPair("EC");
    X509Certificate issued =
        sign(
            name,
            keys,
            other,
            own,
            Request.of().validFrom(Instant.now().minus(Duration.ofDays(999))),
            true);
    return new TestAuthority(other, own, issued, List.of(issued));
  }

  Issued issue(String... names) {
    return issue(Request.of(names));
  }

  Issued issue(Request request) {
    KeyPair own = keyPair(request.algorithm());
    List<X509Certificate> chain = new ArrayList<>(intermediate);
    chain.add(0, sign(name, keys, "node", own, request, false));
    return new Issued(chain, own.getPrivate());
  }

  X509Certificate certificate() {
    return certificate;
  }

  /** Returns the certificate of this authority in PEM format. */
  String pem() {
    return pem(List.of(certificate));
  }

  private static KeyPair keyPair(String algorithm) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("RSA")) {
        generator.initialize(2048);
      } else if (algorithm.equals("EC")) {
        generator.initialize(256);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("JavaUtilDate") // Bouncy Castle's type.
  private static X509Certificate sign(
      String issuer,
      KeyPair issuerKeys,
      String subject,
      KeyPair subjectKeys,
      Request request,
      boolean isAuthority) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Principal("CN=" + issuer),
              new BigInteger(64, new SecureRandom()),
              Date.from(request.from()),
              Date.from(request.to()),
              new X500Principal("CN=" + subject),
              subjectKeys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      if (!request.names().isEmpty()) {
        builder.addExtension(Extension.subjectAlternativeName, false, names(request.names()));
      }
      if (!request.uses().isEmpty()) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(request.uses().toArray(KeyPurposeId[]::new)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
    } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static GeneralNames names(List<String> names) {
    return new GeneralNames(
        names.stream()
            .map(
                each ->
                    new GeneralName(
                        Character.isDigit(each.charAt(0))
                            ? GeneralName.iPAddress
                            : GeneralName.dNSName,
                        each))
            .toArray(GeneralName[]::new));
  }

  static String pem(List<X509Certificate> certificates) {
    return certificates.stream()
        .map(
            each -> {
              try {
                return pem("CERTIFICATE", each.getEncoded());
              } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
              }
            })
        .collect(Collectors.joining());
  }

  static String pem(String label, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(
            label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content), label);
  }

  /** Writes the files of a node to a directory, and returns the settings that name them. */
  static String files(Path directory, Issued issued, TestAuthority... trusted) {
    write(directory.resolve("node.pem"), issued.certificatePem());
    write(directory.resolve("node.key"), issued.keyPem());
    write(
        directory.resolve("trusted.pem"),
        Arrays.stream(trusted).map(TestAuthority::pem).collect(Collectors.joining()));
    return """
        perille.cluster.tls {
          certificate = "%1$s/node.pem", key = "%1$s/node.key", trusted = "%1$s/trusted.pem"
        }
        """
        .formatted(directory);
  }

  /** Replaces a file at once, as a reader must see it. */
  static void write(Path file, String content) {
    try {
      Files.createDirectories(file.getParent());
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.writeString(next, content);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
