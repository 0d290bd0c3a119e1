package org.perille.testkit.history;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The recorded operations of a run, in order of time.
 *
 * <p>Operations of the same time retain the order in which they were added.
 *
 * <p><b>Threading</b>: immutable.
 */
public final class History {
  private static final History EMPTY = new History(List.of());

  private final List<Operation> operations;

  private History(List<Operation> operations) {
    this.operations = operations;
  }

  /** Returns a history without operations. */
  public static History empty() {
    return EMPTY;
  }

  /** Returns the history of operations in any order. */
  public static History of(Collection<? extends Operation> operations) {
    Operation[] sorted = operations.toArray(Operation[]::new);
    if (!isSorted(sorted)) {
      Arrays.sort(sorted, Comparator.comparingLong(Operation::at));
    }
    return new History(Collections.unmodifiableList(Arrays.asList(sorted)));
  }

  /** Returns the history of operations in any order. */
  public static History of(Operation... operations) {
    return of(Arrays.asList(operations));
  }

  /** Returns one history of several that share a clock. */
  public static History merge(Collection<History> histories) {
    List<Operation> all = new ArrayList<>();
    histories.forEach(history -> all.addAll(history.operations));
    return of(all);
  }

  /**
   * Reads the files of {@link FileRecorder}s. Ignores a line that was being written at a kill.
   *
   * @throws IOException if a file can't be read, or has an invalid line; it names both
   */
  public static History read(Path... files) throws IOException {
    List<Operation> all = new ArrayList<>();
    for (Path file : files) {
      OperationLines.read(file, all::add);
    }
    return of(all);
  }

  /**
   * Reads all files of a directory whose names match, such as {@code "*.jsonl"}.
   *
   * @throws IOException see {@link #read}
   */
  public static History readDirectory(Path directory, String glob) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, glob)) {
      found.forEach(files::add);
    }
    Collections.sort(files);
    return read(files.toArray(Path[]::new));
  }

  /** Returns the operations, by rising time. */
  public List<Operation> operations() {
    return operations;
  }

  /** Returns the number of operations. */
  public int size() {
    return operations.size();
  }

  /** Returns the operations that satisfy the predicate. */
  public History filter(Predicate<? super Operation> wanted) {
    return new History(operations.stream().filter(wanted).toList());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof History that && operations.equals(that.operations);
  }

  @Override
  public int hashCode() {
    return operations.hashCode();
  }

  @Override
  public String toString() {
    return "history of " + size() + " operations";
  }

  private static boolean isSorted(Operation[] operations) {
    for (int i = 1; i < operations.length; i++) {
      if (operations[i].at() < operations[i - 1].at()) {
        return false;
      }
    }
    return true;
  }
}
