package org.perille.samples.shop;

import java.io.IOException;
import java.util.List;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

@RestController
class ShopController {
  private final Checkout checkout;
  private final Books books;
  private final LiveView view;

  ShopController(Checkout checkout, Books books, LiveView view) {
    this.checkout = checkout;
    this.books = books;
    this.view = view;
  }

  /** A customer who gets no answer posts the order again under its id, which changes nothing. */
  @PostMapping("/orders")
  ResponseEntity<Void> place(@RequestBody Order order) {
    try {
      checkout.place(order);
      return ResponseEntity.status(HttpStatus.CREATED).build();
    } catch (DuplicateKeyException e) {
      return ResponseEntity.ok().build();
    }
  }

  /** Returns the reason, such as a price that is too high. */
  @ExceptionHandler
  ProblemDetail refuse(HttpMessageNotReadableException order) {
    return ProblemDetail.forStatusAndDetail(
        HttpStatus.BAD_REQUEST, order.getMostSpecificCause().getMessage());
  }

  @GetMapping("/orders")
  List<Books.Line> latest() {
    return books.latest();
  }

  @GetMapping("/summary")
  Books.Summary summary() {
    return books.summary();
  }

  @GetMapping("/live")
  SseEmitter live() throws IOException {
    return view.open();
  }
}
