package org.perille;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** The components of {@link Message}. A public record could not get further ones. */
record MessageValue<T>(
    T payload,
    Optional<MessageId> id,
    Map<String, String> headers,
    Optional<Instant> notBefore,
    Optional<Instant> notAfter,
    Optional<Condition> condition)
    implements Message<T> {
  MessageValue {
    Objects.requireNonNull(payload, "payload");
    headers = Map.copyOf(headers);
  }

  @Override
  public Message<T> withId(MessageId messageId) {
    return new MessageValue<>(
        payload, Optional.of(messageId), headers, notBefore, notAfter, condition);
  }

  @Override
  public Message<T> withHeader(String name, String text) {
    Map<String, String> all = new HashMap<>(headers);
    all.put(name, text);
    return withHeaders(all);
  }

  @Override
  public Message<T> withHeaders(Map<String, String> all) {
    return new MessageValue<>(payload, id, all, notBefore, notAfter, condition);
  }

  @Override
  public Message<T> notBefore(Instant earliest) {
    return new MessageValue<>(payload, id, headers, Optional.of(earliest), notAfter, condition);
  }

  @Override
  public Message<T> notAfter(Instant latest) {
    return new MessageValue<>(payload, id, headers, notBefore, Optional.of(latest), condition);
  }

  @Override
  public Message<T> ifLastOffset(long offset) {
    return with(OptionalLong.of(offset));
  }

  @Override
  public Message<T> ifFirstOfKey() {
    return with(OptionalLong.empty());
  }

  private Message<T> with(OptionalLong lastOffset) {
    return new MessageValue<>(
        payload, id, headers, notBefore, notAfter, Optional.of(new ConditionValue(lastOffset)));
  }
}
