/** Parts that several samples share: data directories, options, processes. */
package org.perille.samples.launch;
