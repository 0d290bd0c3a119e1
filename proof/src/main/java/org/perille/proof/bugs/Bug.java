package org.perille.proof.bugs;

/**
 * A deliberate bug: a replaced text in a source file.
 *
 * @param name the name in reports
 * @param why the consequence
 * @param type the class, without {@code org.perille.internal.}; one without a package is in {@code
 *     org.perille.persistence.internal}
 * @param original the text to replace, which occurs once in the source
 * @param suite the suite that must catch the bug
 */
record Bug(String name, String why, String type, String original, String replacement, Suite suite) {
  /** Creates a bug that the simulator must catch. */
  Bug(String name, String why, String type, String original, String replacement) {
    this(name, why, type, original, replacement, Suite.SIMULATOR);
  }

  /** Returns the path of the source file in the repository. */
  String path() {
    String file = type.replace('.', '/') + ".java";
    return type.indexOf('.') < 0
        ? "persistence/src/main/java/org/perille/persistence/internal/" + file
        : "runtime/src/main/java/org/perille/internal/" + file;
  }

  /** Returns the source with the bug. */
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
