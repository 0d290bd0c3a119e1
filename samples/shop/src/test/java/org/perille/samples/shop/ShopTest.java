package org.perille.samples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.testkit.NodeUnderTest;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.web.servlet.client.RestTestClient;

@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "spring.datasource.url=jdbc:h2:mem:shop")
class ShopTest {
  @Autowired NodeUnderTest node;
  @Autowired Books books;
  @Autowired JdbcTemplate jdbc;
  @LocalServerPort int port;
  private RestTestClient client;

  @BeforeEach
  void connect() {
    client = RestTestClient.bindToServer().baseUrl("http://localhost:" + port).build();
  }

  private RestTestClient.ResponseSpec post(Object order) {
    return client
        .post()
        .uri("/orders")
        .contentType(MediaType.APPLICATION_JSON)
        .body(order)
        .exchange();
  }

  @Test
  void an_order_is_paid_and_mailed() {
    post(new Order("o-1", "anna", "a lamp", 25)).expectStatus().isEqualTo(HttpStatus.CREATED);
    node.awaitAllHandled();
    assertThat(books.latest()).contains(new Books.Line("o-1", "anna", "a lamp", 25, 1, 1));
  }

  @Test
  void an_order_that_is_posted_again_is_paid_once() {
    post(new Order("o-2", "bert", "a chair", 70)).expectStatus().isEqualTo(HttpStatus.CREATED);
    post(new Order("o-2", "bert", "a chair", 70)).expectStatus().isEqualTo(HttpStatus.OK);
    node.awaitAllHandled();
    assertThat(books.latest()).contains(new Books.Line("o-2", "bert", "a chair", 70, 1, 1));
  }

  @Test
  void an_order_that_is_not_valid_is_refused() {
    post("{\"id\":\"o-3\",\"customer\":\"dora\",\"item\":\"a lamp\",\"price\":0}")
        .expectStatus()
        .isEqualTo(HttpStatus.BAD_REQUEST)
        .expectBody(String.class)
        .value(reason -> assertThat(reason).contains("the price is 0: use 1 to 10,000"));
    node.awaitAllHandled();
    assertThat(books.ids()).doesNotContain("o-3");
  }

  @Test
  void a_mail_is_sent_to_the_customer_who_has_ordered() {
    post(new Order("o-4", "carl", "a table", 300)).expectStatus().is2xxSuccessful();
    node.awaitAllHandled();
    List<String> mails =
        jdbc.queryForList("SELECT text FROM mails WHERE order_id = 'o-4'", String.class);
    assertThat(mails).containsExactly("Dear carl, thank you for ordering: a table");
  }

  @Test
  void the_page_is_served() {
    client
        .get()
        .uri("/")
        .exchange()
        .expectStatus()
        .isOk()
        .expectBody(String.class)
        .value(page -> assertThat(page).contains("<h1>Shop</h1>"));
  }
}
