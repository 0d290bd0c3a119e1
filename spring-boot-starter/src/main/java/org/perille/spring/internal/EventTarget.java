package org.perille.spring.internal;

import java.util.Optional;
import org.perille.ConfigurationException;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.ParseException;
import org.springframework.expression.common.TemplateParserContext;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.SimpleEvaluationContext;
import org.springframework.modulith.events.RoutingTarget;

/**
 * The topic and the routing key of an event, whose expressions are evaluated.
 *
 * @param name the topic's
 * @param key empty if the event has no routing key
 */
record EventTarget(String name, Optional<String> key) {
  private static final String EXPRESSION = "#{";
  private static final SpelExpressionParser PARSER = new SpelExpressionParser();

  /**
   * Reads properties and calls methods of the message, and nothing else: a routing key may be data,
   * which someone else has written.
   */
  private static final EvaluationContext CONTEXT =
      SimpleEvaluationContext.forReadOnlyDataBinding().withInstanceMethods().build();

  /**
   * Returns the target of an event.
   *
   * @param event names it in errors
   * @param payload the message, which expressions refer to
   * @throws ConfigurationException if an expression can't be evaluated
   */
  static EventTarget of(String event, RoutingTarget routing, Object payload) {
    return new EventTarget(
        evaluated(event, routing.getTarget(), payload),
        Optional.ofNullable(routing.getKey()).map(key -> evaluated(event, key, payload)));
  }

  private static String evaluated(String event, String text, Object payload) {
    if (!text.startsWith(EXPRESSION)) {
      return text;
    }
    try {
      return String.valueOf(
          PARSER
              .parseExpression(text, new TemplateParserContext())
              .getValue(CONTEXT, payload, Object.class));
    } catch (ParseException | EvaluationException e) {
      throw new ConfigurationException(
          "%s is externalized with the expression '%s', which can't be evaluated: %s. It may use properties and methods of %s; a routing key may be left out, because a topic has its own (keyedBy)"
              .formatted(event, text, e.getMessage(), payload.getClass().getName()),
          e);
    }
  }
}
