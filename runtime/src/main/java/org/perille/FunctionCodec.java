package org.perille;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A codec of two functions. */
record FunctionCodec<M>(
    String name, Class<M> type, Codec.Encoder<M> encoder, Codec.Decoder<M> decoder)
    implements Codec<M> {
  static final Codec<String> STRING =
      new FunctionCodec<>("string", String.class, FunctionCodec::utf8, FunctionCodec::textOf);

  static final Codec<byte[]> BYTES =
      new FunctionCodec<>("bytes", byte[].class, bytes -> bytes, bytes -> bytes);

  @Override
  public byte[] encode(M message) throws Exception {
    return encoder.encode(message);
  }

  @Override
  public M decode(byte[] bytes, int version) throws Exception {
    return decoder.decode(bytes);
  }

  /** A new encoder reports what {@code getBytes} would replace by question marks. */
  private static byte[] utf8(String text) throws CharacterCodingException {
    ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
    byte[] exact = new byte[bytes.remaining()];
    bytes.get(exact);
    return exact;
  }

  private static String textOf(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }
}
