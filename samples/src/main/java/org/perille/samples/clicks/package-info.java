/** Clicks that are counted with several guarantees, and by naive code, in a node that crashes. */
package org.perille.samples.clicks;
