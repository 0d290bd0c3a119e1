package org.perille.proof.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Mutations of valid inputs that depend only on a seed, and so are the same on every machine.
 *
 * <p>Coverage-guided fuzzing finds more. These mutations quickly find defects at a changed bit, a
 * length or a truncation.
 */
final class Mutations {
  /** Values that are often lengths, offsets and counts in protocols. */
  private static final byte[][] TELLING = {
    {0},
    {1},
    {(byte) 0x7f},
    {(byte) 0xff},
    {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07},
    {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x08},
    {-1, -1, -1, -1, -1, -1, -1, -1, 0x7f},
    {-1, -1, -1, -1, -1, -1, -1, -1, -1, 1},
    {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
    "-1".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "9223372036854775807".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "1e999".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
  };

  private static final int MOST_OF_ONE = 4;

  private final List<byte[]> seeds;
  private final Random random;

  Mutations(List<byte[]> seeds, long seed) {
    this.seeds = List.copyOf(seeds);
    this.random = new Random(seed);
  }

  byte[] next() {
    byte[] input = anySeed();
    for (int i = random.nextInt(MOST_OF_ONE); i >= 0; i--) {
      input = damaged(input);
    }
    return input;
  }

  private byte[] anySeed() {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] damaged(byte[] input) {
    int from = random.nextInt(input.length + 1);
    int to = from + random.nextInt(input.length - from + 1);
    return switch (random.nextInt(8)) {
      case 0, 1 -> withFlippedBit(input);
      case 2 -> replace(input, from, Math.min(input.length, from + 1), telling());
      case 3 -> replace(input, from, from, telling());
      case 4 -> replace(input, from, to, new byte[0]);
      case 5 -> replace(input, to, to, Arrays.copyOfRange(input, from, to));
      case 6 -> Arrays.copyOf(input, from);
      default -> {
        byte[] other = anySeed();
        yield replace(
            input,
            from,
            input.length,
            Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length));
      }
    };
  }

  private byte[] telling() {
    return TELLING[random.nextInt(TELLING.length)];
  }

  private byte[] withFlippedBit(byte[] input) {
    if (input.length == 0) {
      return input;
    }
    byte[] flipped = input.clone();
    flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private static byte[] replace(byte[] input, int from, int to, byte[] by) {
    byte[] whole = new byte[from + by.length + input.length - to];
    System.arraycopy(input, 0, whole, 0, from);
    System.arraycopy(by, 0, whole, from, by.length);
    System.arraycopy(input, to, whole, from + by.length, input.length - to);
    return whole;
  }
}
