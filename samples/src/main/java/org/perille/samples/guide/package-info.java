/** The worked examples of the guides: a saga, and an order across keys. */
package org.perille.samples.guide;
