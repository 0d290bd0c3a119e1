/** The interfaces that a storage, and a handler with a transaction of its own, implement. */
package org.perille.spi;
