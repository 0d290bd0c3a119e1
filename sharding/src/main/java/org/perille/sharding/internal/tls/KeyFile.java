package org.perille.sharding.internal.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Map;
import org.perille.ConfigurationException;
import org.perille.sharding.internal.tls.PemFile.Block;

/**
 * Reads private keys: PKCS#8 ({@code PRIVATE KEY}), PKCS#1 ({@code RSA PRIVATE KEY}) and SEC 1
 * ({@code EC PRIVATE KEY}).
 */
final class KeyFile {
  private static final String PKCS8 = "PRIVATE KEY";

  private static final Map<String, String> SIGNATURES =
      Map.of(
          "RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA", "Ed25519", "Ed25519");

  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

  private KeyFile() {}

  /** Returns the private key of a certificate's public key. */
  static PrivateKey read(PemFile file, PublicKey publicKey) {
    Block block =
        file.blocks().stream()
            .filter(each -> each.label().endsWith(PKCS8))
            .findFirst()
            .orElseThrow(
                () ->
                    file.failure(
                        "it has no private key in PEM format (BEGIN PRIVATE KEY)" + file.found(),
                        null));
    if (block.isEncrypted()) {
      throw file.failure(
          "it is encrypted, and no setting has a password: decrypt it (openssl pkey -in %s -out …), and let only this process's user read it"
              .formatted(file.path()),
          null);
    }
    byte[] content = file.content(block);
    try {
      PrivateKey key =
          KeyFactory.getInstance(publicKey.getAlgorithm())
              .generatePrivate(
                  new PKCS8EncodedKeySpec(
                      block.label().equals(PKCS8) ? content : pkcs8(content, publicKey)));
      if (belongTogether(key, publicKey)) {
        return key;
      }
    } catch (GeneralSecurityException e) {
      // A key of another algorithm, or a damaged one.
      throw stranger(file, e);
    }
    throw stranger(file, null);
  }

  private static ConfigurationException stranger(PemFile file, Throwable cause) {
    return file.failure(
        "its key doesn't belong to the first certificate of '%s': use the key with which that certificate was requested, and put the node's own certificate first"
            .formatted(TlsSettings.CERTIFICATE),
        cause);
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey)
      throws GeneralSecurityException {
    String algorithm = SIGNATURES.get(publicKey.getAlgorithm());
    if (algorithm == null) {
      // The handshake of NodeCertificates with itself shows it, too.
      return true;
    }
    byte[] data = publicKey.getEncoded();
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(data);
    byte[] signed = signature.sign();
    signature.initVerify(publicKey);
    signature.update(data);
    return signature.verify(signed);
  }

  /**
   * Returns a key of an older format as PKCS#8 (RFC 5958), the only one that the JDK reads. It adds
   * the name of the algorithm, which is the same in the public key.
   */
  private static byte[] pkcs8(byte[] key, PublicKey publicKey) {
    return element(SEQUENCE, concat(VERSION_0, algorithm(publicKey), element(OCTET_STRING, key)));
  }

  /**
   * Returns the first element of a SubjectPublicKeyInfo, a sequence of the algorithm and the key.
   */
  private static byte[] algorithm(PublicKey publicKey) {
    byte[] encoded = publicKey.getEncoded();
    int from = headerLength(encoded, 0);
    int length = headerLength(encoded, from) + contentLength(encoded, from);
    return Arrays.copyOfRange(encoded, from, from + length);
  }

  // DER (X.690): a tag, a length, and the content. A length of 128 or more has its own length
  // first.

  private static int headerLength(byte[] encoded, int at) {
    int first = encoded[at + 1] & 0xff;
    return first < 0x80 ? 2 : 2 + (first & 0x7f);
  }

  private static int contentLength(byte[] encoded, int at) {
    int first = encoded[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = (length << 8) | (encoded[at + 2 + i] & 0xff);
    }
    return length;
  }

  private static byte[] element(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else if (content.length < 0x100) {
      out.write(0x81);
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length >> 8);
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
