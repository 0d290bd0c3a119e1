/** Compression of the contents of a batch, by libraries that an application may leave out. */
package org.perille.internal.compression;
