/** The sample "shop": an application of Spring Boot. */
package org.perille.samples.shop;
