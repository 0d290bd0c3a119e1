package org.perille.proof.cluster;

import java.nio.charset.StandardCharsets;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.JSerializer;

/** Makes bytes of items; refuses to read the undecodable ones, unless this process must. */
public final class ItemSerializer extends JSerializer {
  /** The system property of a process that must be able to read everything. */
  static final String READS_EVERYTHING = "proof.reads-everything";

  private static final int IDENTIFIER = 770_771;
  private static final int FIELDS = 4;

  /** Made by Pekko. */
  public ItemSerializer(ExtendedActorSystem system) {}

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public boolean includeManifest() {
    return false;
  }

  @Override
  public byte[] toBinary(Object object) {
    Item item = (Item) object;
    return String.join("\t", item.key(), item.value(), item.mood().name(), item.padding())
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Object fromBinaryJava(byte[] bytes, Class<?> manifest) {
    String[] fields = new String(bytes, StandardCharsets.UTF_8).split("\t", FIELDS);
    Item item = new Item(fields[0], fields[1], Item.Mood.valueOf(fields[2]), fields[3]);
    if (item.mood() == Item.Mood.UNDECODABLE && !Boolean.getBoolean(READS_EVERYTHING)) {
      throw new IllegalArgumentException("no process knows how to read " + item.value());
    }
    return item;
  }
}
