/** The calls of the application's listeners and interceptors. */
package org.perille.internal.hook;
