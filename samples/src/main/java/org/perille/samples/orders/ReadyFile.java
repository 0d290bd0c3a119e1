package org.perille.samples.orders;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The file in which a node's process records that its node is ready, for the launcher. */
final class ReadyFile {
  private ReadyFile() {}

  private static Path path(Path data, String node) {
    return data.resolve(node + ".ready");
  }

  /**
   * Records, in the node's process, that the node is ready.
   *
   * @param starts the number of starts in this process: more than 1 if the node was downed
   */
  static void write(Path data, String node, int starts) throws IOException {
    Path part = data.resolve(node + ".ready.part");
    Files.writeString(part, ProcessHandle.current().pid() + " " + starts);
    Files.move(part, path(data, node), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Returns the number of starts that a process has recorded, 0 if none. */
  static int starts(Path data, String node, long pid) throws IOException {
    Path file = path(data, node);
    if (!Files.exists(file)) {
      return 0;
    }
    String[] words = Files.readString(file, StandardCharsets.UTF_8).split(" ", -1);
    // The file may be of a process that had the same name before.
    return words[0].equals(Long.toString(pid)) ? Integer.parseInt(words[1]) : 0;
  }
}
