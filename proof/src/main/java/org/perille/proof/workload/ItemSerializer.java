package org.perille.proof.workload;

import com.typesafe.config.Config;
import java.nio.charset.StandardCharsets;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.JSerializer;

/**
 * Serializes items. It refuses to decode the undecodable ones, unless this node must read
 * everything.
 */
public final class ItemSerializer extends JSerializer {
  /** The setting of a node that must be able to read everything. */
  public static final String READS_EVERYTHING = "proof.reads-everything";

  private static final int IDENTIFIER = 770_771;
  private static final int FIELDS = 4;

  private final boolean readsEverything;

  /** Creates the serializer. Pekko calls this constructor. */
  public ItemSerializer(ExtendedActorSystem system) {
    Config config = system.settings().config();
    readsEverything = config.hasPath(READS_EVERYTHING) && config.getBoolean(READS_EVERYTHING);
  }

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
    if (item.mood() == Item.Mood.UNDECODABLE && !readsEverything) {
      throw new IllegalArgumentException("no node knows how to read " + item.value());
    }
    return item;
  }
}
