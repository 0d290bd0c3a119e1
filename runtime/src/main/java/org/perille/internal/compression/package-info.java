/** Compression of the contents of a batch, by libraries that an application may lack. */
package org.perille.internal.compression;
