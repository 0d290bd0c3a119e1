package org.perille.benchmarks.contender;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Topic;

/** Perille on its embedded H2 file in the directory for temporary files, with its defaults. */
final class PerilleH2Contender implements Contender {
  static final Set<Job> JOBS = Set.copyOf(EnumSet.of(Job.PUBLISH));

  private static final Topic<Parcel> PARCELS =
      Topic.of("parcels", Parcel.class).keyedBy(Parcel::key).withPartitions(PARTITIONS);

  private Path directory;
  private Perille perille;
  private Publisher<Parcel> publisher;

  @Override
  public void begin(Work work, LongConsumer done) throws Exception {
    directory = Files.createTempDirectory("perille-h2");
    perille =
        Perille.start(
            ConfigFactory.parseMap(
                    Map.of(
                        "perille.storage.profile",
                        "h2",
                        "perille.storage.h2.directory",
                        directory.toString()))
                .withFallback(ConfigFactory.load()),
            PARCELS);
    publisher = perille.publisher(PARCELS);
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    return publisher.publish(parcel);
  }

  @Override
  public void close() throws IOException {
    if (perille != null) {
      perille.stop().toCompletableFuture().join();
    }
    if (directory != null) {
      List<Path> all;
      try (Stream<Path> files = Files.walk(directory)) {
        all = files.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path file : all) {
        Files.delete(file);
      }
    }
  }
}
