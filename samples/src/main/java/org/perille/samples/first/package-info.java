/** The application of README.md: one topic, one subscription, one message. */
package org.perille.samples.first;
