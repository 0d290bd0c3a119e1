package org.perille.proof.workload;

import com.typesafe.config.Config;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Serializes items. It refuses to decode the undecodable ones, unless this node must read
 * everything.
 *
 * <p>The padding is stored byte by byte, so that a payload may have bytes of every value. An item
 * with the mood {@link Item.Mood#EMPTY_PAYLOAD} has no payload: its manifest contains it.
 */
public final class ItemSerializer extends SerializerWithStringManifest {
  /** The setting of a node that must be able to read everything. */
  public static final String READS_EVERYTHING = "proof.reads-everything";

  private static final int IDENTIFIER = 770_771;

  private final boolean readsEverything;

  /** Creates the serializer. Pekko calls this constructor. */
  public ItemSerializer(ExtendedActorSystem system) {
    this(readsEverything(system.settings().config()));
  }

  ItemSerializer(boolean readsEverything) {
    this.readsEverything = readsEverything;
  }

  private static boolean readsEverything(Config config) {
    return config.hasPath(READS_EVERYTHING) && config.getBoolean(READS_EVERYTHING);
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object object) {
    Item item = (Item) object;
    return isInManifest(item) ? Base64.getEncoder().encodeToString(encode(item)) : "";
  }

  @Override
  public byte[] toBinary(Object object) {
    Item item = (Item) object;
    return isInManifest(item) ? new byte[0] : encode(item);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    if (!manifest.isEmpty() && bytes.length > 0) {
      throw new IllegalArgumentException(bytes.length + " bytes of an item without a payload");
    }
    Item item = decode(manifest.isEmpty() ? bytes : Base64.getDecoder().decode(manifest));
    if (!readsEverything && item.mood() == Item.Mood.UNDECODABLE) {
      throw new IllegalArgumentException("no node knows how to read " + item.value());
    }
    if (!readsEverything && item.mood() == Item.Mood.UNDECODABLE_BY_ERROR) {
      throw new NoClassDefFoundError("the class of " + item.value());
    }
    return item;
  }

  private static boolean isInManifest(Item item) {
    return item.mood() == Item.Mood.EMPTY_PAYLOAD;
  }

  static byte[] encode(Item item) {
    List<byte[]> fields =
        List.of(
            item.mood().name().getBytes(StandardCharsets.UTF_8),
            item.key().getBytes(StandardCharsets.UTF_8),
            item.value().getBytes(StandardCharsets.UTF_8),
            item.padding().getBytes(StandardCharsets.ISO_8859_1));
    ByteBuffer out =
        ByteBuffer.allocate(fields.stream().mapToInt(field -> Integer.BYTES + field.length).sum());
    fields.forEach(field -> out.putInt(field.length).put(field));
    return out.array();
  }

  static Item decode(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      Item.Mood mood = Item.Mood.valueOf(new String(next(in), StandardCharsets.UTF_8));
      String key = new String(next(in), StandardCharsets.UTF_8);
      String value = new String(next(in), StandardCharsets.UTF_8);
      Item item = new Item(key, value, mood, new String(next(in), StandardCharsets.ISO_8859_1));
      if (in.hasRemaining()) {
        throw new IllegalArgumentException(in.remaining() + " bytes follow " + value);
      }
      return item;
    } catch (BufferUnderflowException | NegativeArraySizeException e) {
      throw new IllegalArgumentException("these bytes are no item", e);
    }
  }

  private static byte[] next(ByteBuffer in) {
    byte[] field = new byte[in.getInt()];
    in.get(field);
    return field;
  }
}
