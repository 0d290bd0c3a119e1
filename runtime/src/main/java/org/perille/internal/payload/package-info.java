/** The serialization of the application's values, which are read back before they are stored. */
package org.perille.internal.payload;
