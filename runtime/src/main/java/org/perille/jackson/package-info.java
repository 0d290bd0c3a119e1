/**
 * Codecs for JSON: {@link org.perille.jackson.Jackson2Codec} and {@link
 * org.perille.jackson.Jackson3Codec}, which write and read the same form.
 */
package org.perille.jackson;
