/** What a storage implements, and what a handler with a transaction of its own implements. */
package org.perille.spi;
