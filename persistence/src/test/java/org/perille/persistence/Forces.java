package org.perille.persistence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** Counts the forces of a file to the disk by this process. */
public final class Forces implements AutoCloseable {
  private final Recording recording = new Recording();
  private final Path file;

  private Forces(Path file) {
    this.file = file;
    recording.enable("jdk.FileForce").withoutThreshold().withoutStackTrace();
    recording.start();
  }

  /** Starts counting. */
  public static Forces of(Path file) {
    return new Forces(file);
  }

  /** Returns the number of forces that have ended since the start. */
  public long count() throws IOException {
    Path dump = Files.createTempFile("forces", ".jfr");
    try {
      recording.dump(dump);
      return RecordingFile.readAllEvents(dump).stream()
          .filter(event -> event.getEventType().getName().equals("jdk.FileForce"))
          .filter(event -> event.getString("path").equals(file.toString()))
          .count();
    } finally {
      Files.delete(dump);
    }
  }

  @Override
  public void close() {
    recording.close();
  }
}
