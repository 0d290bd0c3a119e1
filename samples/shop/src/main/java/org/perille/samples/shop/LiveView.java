package org.perille.samples.shop;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The pages that are open on this node, to which it sends events. */
@Component
class LiveView {
  private static final int MAX_PAGES = 100;

  /** Then a page connects again, as after a crash. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Set<SseEmitter> pages = ConcurrentHashMap.newKeySet();

  SseEmitter open() throws IOException {
    if (pages.size() >= MAX_PAGES) {
      throw new ResponseStatusException(
          HttpStatus.SERVICE_UNAVAILABLE, MAX_PAGES + " pages are open, which is the limit");
    }
    SseEmitter page = new SseEmitter(LONGEST.toMillis());
    page.onCompletion(() -> pages.remove(page));
    pages.add(page);
    page.send(SseEmitter.event().comment("open"));
    return page;
  }

  void show(String event, Object data) {
    for (SseEmitter page : List.copyOf(pages)) {
      try {
        page.send(SseEmitter.event().name(event).data(data));
      } catch (IOException | IllegalStateException e) {
        // It was closed.
        pages.remove(page);
      }
    }
  }

  /** Ends the requests of open pages, for which the web server would wait. */
  @EventListener(ContextClosedEvent.class)
  void close() {
    List.copyOf(pages).forEach(ResponseBodyEmitter::complete);
  }
}
