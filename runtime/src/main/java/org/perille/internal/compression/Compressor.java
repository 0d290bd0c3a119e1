package org.perille.internal.compression;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.perille.Compression;
import org.perille.internal.log.CompressedBlock;
import org.perille.internal.log.LogMessage;
import org.perille.internal.schema.LogProto;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compresses the batches of a publisher, if that makes them smaller.
 *
 * <p>It notices payloads that don't compress: after a batch that didn't become smaller it leaves
 * the next ones alone, more of them after each such batch.
 *
 * <p><b>Threading</b>: used by the publisher's actor alone.
 */
public final class Compressor {
  private static final Logger LOG = LoggerFactory.getLogger(Compressor.class);

  /** The size of a batch below which compression gains too little. */
  static final int MIN_BYTES = 512;

  /** The part of a batch's bytes that compression must save, as a divisor. */
  static final int MIN_SAVED = 10;

  /** The size of a message's reference to a block. */
  private static final int REFERENCE_BYTES = 8;

  /** The limit of batches that aren't tried after one that didn't become smaller. */
  static final int MAX_SKIPPED = 63;

  private final CompressionSettings.OfTopic settings;
  private int skipsAfterFailure;
  private int skips;

  public Compressor(CompressionSettings.OfTopic settings) {
    this.settings = settings;
  }

  /** Returns the messages, compressed if that is worthwhile. */
  public List<LogMessage> compress(List<LogMessage> messages) {
    if (settings.type() == Compression.NONE) {
      return messages;
    }
    // Before anything is made of the messages: payloads that don't compress must cost nothing.
    if (sizeInBytes(messages) < MIN_BYTES) {
      return messages;
    }
    if (skips > 0) {
      skips--;
      return messages;
    }
    List<LogProto.MessageBody> bodies = new ArrayList<>(messages.size());
    long size = 0;
    for (LogMessage message : messages) {
      LogProto.MessageBody body = body(message);
      size += body.getSerializedSize();
      bodies.add(body);
    }
    // A reader would refuse what is larger than its limit.
    if (size > settings.maxDecompressedBytes()) {
      return messages;
    }
    Optional<CompressedBlock> block = block(bodies, (int) size);
    if (block.isEmpty()) {
      skipsAfterFailure = Math.min(2 * skipsAfterFailure + 1, MAX_SKIPPED);
      skips = skipsAfterFailure;
      return messages;
    }
    skipsAfterFailure = 0;
    return compressed(messages, bodies, block.get());
  }

  private static long sizeInBytes(List<LogMessage> messages) {
    long bytes = 0;
    for (LogMessage message : messages) {
      bytes += message.sizeInBytes();
    }
    return bytes;
  }

  private static LogProto.MessageBody body(LogMessage message) {
    return LogProto.MessageBody.newBuilder()
        .putAllHeaders(message.headers())
        .setSerializerId(message.serializerId())
        .setManifest(message.manifest())
        .setPayload(message.payload())
        .build();
  }

  /** Returns the compressed block; empty if compression isn't worthwhile. */
  private Optional<CompressedBlock> block(List<LogProto.MessageBody> bodies, int size) {
    byte[] bytes = concatenated(bodies, size);
    byte[] compressed;
    try {
      compressed = Codecs.of(settings.type()).compress(bytes, settings.zstdLevel());
    } catch (RuntimeException | LinkageError e) {
      LOG.warn(
          "A batch for topic '{}' can't be compressed with {}; it is stored uncompressed",
          settings.topic(),
          Codecs.name(settings.type()),
          e);
      return Optional.empty();
    }
    CompressedBlock block =
        new CompressedBlock(
            Codecs.number(settings.type()),
            size,
            checksum(bytes),
            UnsafeByteOperations.unsafeWrap(compressed));
    long stored = block.sizeInBytes() + (long) REFERENCE_BYTES * bodies.size();
    return stored <= size - size / MIN_SAVED ? Optional.of(block) : Optional.empty();
  }

  private static byte[] concatenated(List<LogProto.MessageBody> bodies, int size) {
    byte[] bytes = new byte[size];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      for (LogProto.MessageBody body : bodies) {
        body.writeTo(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  private static List<LogMessage> compressed(
      List<LogMessage> messages, List<LogProto.MessageBody> bodies, CompressedBlock block) {
    List<LogMessage> compressed = new ArrayList<>(messages.size());
    int position = 0;
    for (int i = 0; i < messages.size(); i++) {
      int length = bodies.get(i).getSerializedSize();
      compressed.add(messages.get(i).with(new LogMessage.Compressed(block, position, length)));
      position += length;
    }
    return compressed;
  }

  static int checksum(byte[] bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }
}
