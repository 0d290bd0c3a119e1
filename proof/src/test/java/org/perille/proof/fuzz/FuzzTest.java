package org.perille.proof.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * All decoders with valid inputs, mutated ones, and earlier findings of the fuzzer.
 *
 * <p>The time-out is for decoders that hang. Each test takes about a second.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FuzzTest {
  private static final Path FOUND = Path.of("src/test/resources/fuzz");

  private final FuzzTargets targets = new FuzzTargets();

  @AfterAll
  void stop() {
    targets.close();
  }

  List<FuzzTarget> targets() {
    return targets.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("targets")
  void a_decoder_takes_what_is_valid_and_refuses_what_is_damaged(FuzzTarget target)
      throws Throwable {
    assertThat(target.seeds()).isNotEmpty();
    for (byte[] seed : target.seeds()) {
      feed(target, seed);
    }
    Mutations mutations = new Mutations(target.seeds(), 1);
    for (int i = 0; i < target.mutations(); i++) {
      feed(target, mutations.next());
    }
  }

  /**
   * Returns the findings. Each file contains one input in hexadecimal, in a folder of its target.
   */
  Stream<Arguments> found() throws IOException {
    try (Stream<Path> files = Files.walk(FOUND)) {
      return files
          .filter(Files::isRegularFile)
          .sorted()
          .map(file -> arguments(file.getParent().getFileName().toString(), file))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("found")
  void what_fuzzing_has_found_stays_fixed(String target, Path file) throws Throwable {
    feed(targets.named(target), HexFormat.of().parseHex(Files.readString(file).strip()));
  }

  private static void feed(FuzzTarget target, byte[] input) {
    try {
      MemoryLimit.accept(target, input);
    } catch (Throwable e) {
      throw new AssertionError(
          "%s fails on %s: %s".formatted(target.name(), HexFormat.of().formatHex(input), e), e);
    }
  }
}
