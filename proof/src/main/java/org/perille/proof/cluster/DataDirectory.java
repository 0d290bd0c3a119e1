package org.perille.proof.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;

/** The files of a PostgreSQL server. */
final class DataDirectory {
  /**
   * The files of a data directory that belong to the running server, or that a server recreates.
   */
  private static final Set<String> NOT_COPIED =
      Set.of("postmaster.pid", "postmaster.opts", "pg_wal", "pg_stat_tmp", "pg_replslot");

  private DataDirectory() {}

  /** Copies the files of a running server that has begun a backup. */
  static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
      for (Path file : files) {
        Path target = to.resolve(file.getFileName());
        boolean copied = !NOT_COPIED.contains(file.getFileName().toString());
        if (Files.isDirectory(file) && copied) {
          copy(file, target);
        } else if (Files.isDirectory(file)) {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        } else if (copied) {
          copyFile(file, target);
        }
      }
    }
  }

  /** Copies a file unless it vanishes meanwhile. The replay of the log makes up for that. */
  private static void copyFile(Path from, Path to) throws IOException {
    try {
      Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
    } catch (NoSuchFileException e) {
      Files.deleteIfExists(to);
    }
  }
}
