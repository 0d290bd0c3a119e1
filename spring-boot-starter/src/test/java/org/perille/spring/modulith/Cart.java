package org.perille.spring.modulith;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.perille.spring.modulith.ModulithApplication.OrderPlaced;
import org.springframework.data.domain.AbstractAggregateRoot;

/** An aggregate that registers an event. */
@Entity
class Cart extends AbstractAggregateRoot<Cart> {
  @Id String id;

  Cart() {}

  Cart(String id) {
    this.id = id;
  }

  Cart order(String customer) {
    return andEvent(new OrderPlaced(customer, id));
  }
}
