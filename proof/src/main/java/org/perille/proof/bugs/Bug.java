package org.perille.proof.bugs;

/**
 * A deliberate bug: some text of a source file is replaced.
 *
 * @param name what it is called in reports
 * @param why what is wrong then
 * @param type the class, without {@code org.perille.internal.}, or {@code
 *     org.perille.persistence.internal.} if it is for the simulated storage
 * @param original stands in its source once
 * @param suite has to catch it
 */
record Bug(String name, String why, String type, String original, String replacement, Suite suite) {
  /** One that the simulator has to catch. */
  Bug(String name, String why, String type, String original, String replacement) {
    this(name, why, type, original, replacement, Suite.SIMULATOR);
  }

  /** The source file, in the repository. */
  String path() {
    String file = type.replace('.', '/') + ".java";
    return suite == Suite.STORAGE
        ? "persistence/src/main/java/org/perille/persistence/internal/" + file
        : "runtime/src/main/java/org/perille/internal/" + file;
  }

  /** The source with the bug. */
  String in(String source) {
    int place = source.indexOf(original);
    if (place < 0 || source.indexOf(original, place + 1) >= 0) {
      throw new IllegalStateException(
          "the text that the bug '%s' replaces stands %s in %s: adapt the bug"
              .formatted(name, place < 0 ? "not" : "more than once", path()));
    }
    return source.substring(0, place) + replacement + source.substring(place + original.length());
  }
}
