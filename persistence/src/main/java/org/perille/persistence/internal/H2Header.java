package org.perille.persistence.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.h2.mvstore.DataUtils;

/**
 * The order in which an H2 file reaches the disk, so that a power failure loses no forced commit.
 *
 * <p>The file is a header in two copies, and chunks. A chunk holds what was committed since the
 * previous one, and refers to earlier chunks. When the file is opened, the engine looks for the
 * latest chunk: where the header leads to, where that chunk announced its successor, and at the end
 * of the file. If the latest one refers to a chunk that is lost, the engine takes the next
 * candidate, which may be an old one.
 *
 * <p>Two rules exclude this. At most one chunk isn't forced: the file is forced before the next one
 * is written. And each chunk is followed by a header that leads to it, in the copy that doesn't
 * lead to the previous chunk. After a power failure, one copy therefore leads to the last forced
 * chunk, and the other one to that chunk's predecessor, to its complete successor, or nowhere.
 * Thread-safe.
 *
 * @see <a href="https://h2database.com/html/mvstore.html#fileFormat">The format of the file</a>
 */
final class H2Header {
  /** The size of a copy, and of the block that it is in. */
  private static final int BLOCK = 4096;

  /** The attribute of a file that was closed normally; the engine requires it in both copies. */
  private static final String CLEAN = "clean";

  private static final String CHUNK = "chunk";
  private static final String VERSION = "version";
  private static final String CHECKSUM = "fletcher";

  /** More than the length of the attributes of a chunk. */
  private static final int MAX_ATTRIBUTES = 512;

  private static final Map<String, H2Header> HEADERS = new ConcurrentHashMap<>();

  /** A valid copy on the disk, or the chunk that it leads to. */
  private record Target(long version, Map<String, String> attributes) {}

  private FileChannel file;

  /** The attributes that the engine has written last; empty before it has written any. */
  private Optional<Map<String, String>> attributes = Optional.empty();

  /** The copy that leads to the last forced chunk. */
  private int kept;

  /** The version of the chunk that was written last. */
  private long lastVersion;

  /** True if something isn't forced. */
  private boolean unforced;

  /** True if the other copy leads to the chunk that isn't forced. */
  private boolean changed;

  private H2Header() {}

  /**
   * Returns the header of a file.
   *
   * @param name the file's name in the engine
   */
  static H2Header of(String name) {
    return HEADERS.computeIfAbsent(name, unused -> new H2Header());
  }

  /**
   * Resets the state for a file that the engine opens.
   *
   * <p>The engine reads what the operating system has, and a process may have ended before the
   * force. What is written next must not overtake that.
   */
  synchronized void opened(FileChannel opened) throws IOException {
    file = opened;
    unforced = true;
    changed = false;
    lastVersion = 0;
    attributes = read(0).map(Target::attributes);
    if (attributes.isEmpty()) {
      attributes = read(1).map(Target::attributes);
    }
  }

  /** Returns whether bytes that the engine writes are the two copies. */
  static boolean isHeader(ByteBuffer bytes, long position) {
    return position == 0 && bytes.remaining() == 2 * BLOCK;
  }

  /** Takes a header of the engine, which leads to the chunk that was written last. */
  synchronized void write(ByteBuffer copies) throws IOException {
    byte[] copy = new byte[BLOCK];
    copies.get(copy).position(copies.limit());
    boolean first = attributes.isEmpty();
    attributes = parse(copy).map(Target::attributes);
    if (first || attributes.map(all -> all.containsKey(CLEAN)).orElse(true)) {
      writeBoth(copy);
    }
    // Otherwise the copy that came with the chunk is on its way already.
  }

  /** Writes both copies so that one of them is intact at each moment. */
  private void writeBoth(byte[] copy) throws IOException {
    force(() -> file.force(false));
    write(1 - kept, copy);
    file.force(false);
    write(kept, copy);
    file.force(false);
  }

  /** Writes a chunk, and the copy that leads to it. */
  synchronized void writeChunk(ByteBuffer bytes, long position) throws IOException {
    Optional<Target> chunk = chunk(bytes, position);
    if (unforced) {
      force(() -> file.force(false));
    }
    if (lastVersion == 0 && chunk.isPresent()) {
      chooseKept(chunk.get().version);
    }
    unforced = true;
    writeFully(bytes, position);
    // A chunk that is moved has an old version.
    if (chunk.isPresent() && chunk.get().version > lastVersion && attributes.isPresent()) {
      lastVersion = chunk.get().version;
      write(1 - kept, copy(chunk.get()));
      changed = true;
    }
  }

  /** Decides which copy leads to the chunk before the first one that is written. */
  private void chooseKept(long version) throws IOException {
    long first = versionBefore(version, 0);
    long second = versionBefore(version, 1);
    kept = second > first ? 1 : 0;
  }

  private long versionBefore(long version, int number) throws IOException {
    return read(number).map(Target::version).filter(found -> found < version).orElse(-1L);
  }

  /** Makes the file durable. */
  synchronized void force(SharedForce.Force forceOfFile) throws IOException {
    forceOfFile.force();
    unforced = false;
    if (changed) {
      kept = 1 - kept;
      changed = false;
    }
  }

  /** Returns the attributes of a header that lead to a chunk; empty if the bytes are no chunk. */
  private static Optional<Target> chunk(ByteBuffer bytes, long position) {
    byte[] start = new byte[Math.min(bytes.remaining(), MAX_ATTRIBUTES)];
    bytes.duplicate().get(start);
    String text = new String(start, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\n');
    if (!text.startsWith(CHUNK + ":") || end < 0 || position % BLOCK != 0) {
      return Optional.empty();
    }
    Map<String, String> found = DataUtils.parseMap(text.substring(0, end).trim());
    String block = Long.toHexString(position / BLOCK);
    return Optional.of(
        new Target(
            version(found),
            Map.of(CHUNK, found.get(CHUNK), "block", block, VERSION, found.get(VERSION))));
  }

  private static long version(Map<String, String> found) {
    return Long.parseUnsignedLong(found.getOrDefault(VERSION, "0"), 16);
  }

  private byte[] copy(Target chunk) {
    HashMap<String, String> all = new HashMap<>(attributes.orElseThrow());
    all.remove(CLEAN);
    all.putAll(chunk.attributes);
    StringBuilder text = new StringBuilder();
    DataUtils.appendMap(text, all);
    byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    DataUtils.appendMap(text, CHECKSUM, DataUtils.getFletcher32(bytes, 0, bytes.length));
    text.append('\n');
    return Arrays.copyOf(text.toString().getBytes(StandardCharsets.ISO_8859_1), BLOCK);
  }

  private Optional<Target> read(int number) throws IOException {
    ByteBuffer copy = ByteBuffer.allocate(BLOCK);
    int read = 0;
    while (read >= 0 && copy.hasRemaining()) {
      read = file.read(copy, (long) number * BLOCK + copy.position());
    }
    return parse(copy.array());
  }

  /** Returns the attributes of a copy; empty if its checksum isn't right. */
  private static Optional<Target> parse(byte[] copy) {
    String text = new String(copy, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("," + CHECKSUM + ":");
    if (end < 0) {
      return Optional.empty();
    }
    try {
      Map<String, String> found = DataUtils.parseMap(text.substring(0, text.indexOf('\n', end)));
      int checksum = Integer.parseUnsignedInt(found.remove(CHECKSUM), 16);
      return checksum == DataUtils.getFletcher32(copy, 0, end)
          ? Optional.of(new Target(version(found), Map.copyOf(found)))
          : Optional.empty();
    } catch (RuntimeException e) {
      // Torn bytes.
      return Optional.empty();
    }
  }

  private void write(int number, byte[] copy) throws IOException {
    writeFully(ByteBuffer.wrap(copy), (long) number * BLOCK);
  }

  private void writeFully(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += file.write(bytes, at);
    }
  }
}
