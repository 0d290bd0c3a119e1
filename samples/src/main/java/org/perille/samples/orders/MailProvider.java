package org.perille.samples.orders;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.perille.samples.launch.Journal;

/**
 * Stands in for another company's mail service: slow for a while, then down, then back; see {@link
 * Outage}.
 *
 * <p>As such services do, it sends a mail once for each idempotency key. What it has sent is in one
 * file that the stand-ins of all nodes share, so that together they are the one service that they
 * stand for.
 */
final class MailProvider implements AutoCloseable {
  /** Mails after which its bad seconds begin: early, so that most of the replay falls into them. */
  static final int WELL_FOR_MAILS = 1_000;

  /** How late a slow answer is; the mail is sent at once nevertheless. */
  static final long SLOW_MILLIS = 700;

  private static final String KIND = "mail-provider";
  private static final Pattern TAB = Pattern.compile("\t");

  /** A mail that was sent. */
  record Mail(String key, String orderId, String text) {
    private static Mail parse(String line) {
      String[] f = TAB.split(line, 3);
      return new Mail(f[0], f[1], f[2]);
    }

    private String line() {
      return key + "\t" + orderId + "\t" + text + ";\n";
    }
  }

  /** It can't be reached. */
  static final class DownException extends IOException {
    private static final long serialVersionUID = 1L;

    DownException() {
      super("the mail service is down");
    }
  }

  private final Outage outage;
  private final FileChannel channel;
  private final Set<String> keys = new HashSet<>();
  private long known;

  private MailProvider(Outage outage, FileChannel channel) {
    this.outage = outage;
    this.channel = channel;
  }

  static MailProvider open(Path directory, Clock clock) throws IOException {
    return new MailProvider(
        new Outage(directory, clock),
        FileChannel.open(
            directory.resolve(KIND + "-sent.txt"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  /** All mails that were sent, in their order. */
  static void readAll(Path directory, Consumer<Mail> reader) {
    Journal.readAll(directory, KIND, line -> reader.accept(Mail.parse(line)));
  }

  /** What its status page says. */
  boolean isWell() {
    Outage.Phase phase = outage.phase();
    return phase == Outage.Phase.WELL || phase == Outage.Phase.BACK;
  }

  /**
   * Sends a mail, unless it has sent one under this key.
   *
   * @throws DownException if it is down
   */
  void send(Mail mail) throws IOException, InterruptedException {
    Outage.Phase phase = outage.phase();
    if (phase == Outage.Phase.DOWN) {
      throw new DownException();
    }
    sendOnce(mail);
    if (phase == Outage.Phase.SLOW) {
      TimeUnit.MILLISECONDS.sleep(SLOW_MILLIS);
    }
  }

  private synchronized void sendOnce(Mail mail) throws IOException {
    FileLock lock = channel.lock();
    try {
      boolean unfinished = readOn();
      if (keys.add(mail.key)) {
        // A process that died may have left half a line: this one must not continue it.
        append((unfinished ? "\n" : "") + mail.line());
      }
      if (keys.size() >= WELL_FOR_MAILS) {
        outage.begin();
      }
    } finally {
      lock.release();
    }
  }

  /**
   * Reads what other processes have appended.
   *
   * @return whether the last line is unfinished
   */
  private boolean readOn() throws IOException {
    long size = channel.size();
    if (size == known) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(size - known));
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, known + bytes.position()) < 0) {
        throw new EOFException("the file of sent mails became shorter");
      }
    }
    String text = new String(bytes.array(), StandardCharsets.UTF_8);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    whole
        .lines()
        .filter(line -> line.endsWith(";"))
        .forEach(line -> keys.add(Mail.parse(line).key));
    known += whole.getBytes(StandardCharsets.UTF_8).length;
    return known < size;
  }

  private void append(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    long end = channel.size();
    while (bytes.hasRemaining()) {
      end += channel.write(bytes, end);
    }
    known = end;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
