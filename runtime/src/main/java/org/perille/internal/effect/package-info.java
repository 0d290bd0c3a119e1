/** The effects of keys: decides, stores and publishes what a message of a key does. */
package org.perille.internal.effect;
