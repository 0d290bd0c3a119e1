package org.perille.spring.modulith;

import org.springframework.data.repository.CrudRepository;

/** A repository of Spring Data, which publishes the events of what is saved. */
interface Carts extends CrudRepository<Cart, String> {}
