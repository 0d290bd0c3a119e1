package org.perille.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.beans.factory.annotation.Qualifier;

/**
 * Marks the {@code DataSource} whose connections Perille's storage uses.
 *
 * <p>Needed only if there are several, and the primary one is another one. Declare the bean with
 * {@code defaultCandidate = false} if nothing else should use it.
 */
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.FIELD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Qualifier public @interface PerilleDataSource {}
