/** Perille in an application of Spring Boot. */
package org.perille.spring;
