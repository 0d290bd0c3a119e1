package org.perille.proof.workload;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.perille.Codec;

/**
 * The stored form of items in topics with a codec: the fields, one after the other, by codecs that
 * come with the API.
 */
final class ItemCodec implements Codec<Item> {
  /** The form before this one, by which nothing is stored any more. */
  static final Codec<Item> FIRST =
      Codec.of("item-1", Item.class, ItemSerializer::encode, ItemSerializer::decode);

  @Override
  public String name() {
    return "item";
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Class<Item> type() {
    return Item.class;
  }

  @Override
  public byte[] encode(Item item) throws Exception {
    List<byte[]> fields =
        List.of(
            Codec.string().encode(item.mood().name()),
            Codec.string().encode(item.key()),
            Codec.string().encode(item.value()),
            Codec.bytes().encode(item.padding().getBytes(StandardCharsets.ISO_8859_1)));
    ByteBuffer out =
        ByteBuffer.allocate(fields.stream().mapToInt(field -> Integer.BYTES + field.length).sum());
    fields.forEach(field -> out.putInt(field.length).put(field));
    return out.array();
  }

  @Override
  public Item decode(byte[] bytes, int version) throws Exception {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    Item.Mood mood = Item.Mood.valueOf(Codec.string().decode(next(in), 1));
    String key = Codec.string().decode(next(in), 1);
    String value = Codec.string().decode(next(in), 1);
    byte[] padding = Codec.bytes().decode(next(in), 1);
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes follow " + value);
    }
    return new Item(key, value, mood, new String(padding, StandardCharsets.ISO_8859_1));
  }

  private static byte[] next(ByteBuffer in) {
    byte[] field = new byte[in.getInt()];
    in.get(field);
    return field;
  }
}
