/** Publishing with and without compression, of random bytes and of real messages. */
package org.perille.benchmarks.compression;
