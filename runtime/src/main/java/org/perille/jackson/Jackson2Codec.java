package org.perille.jackson;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.type.TypeFactory;
import com.fasterxml.jackson.databind.util.LRUMap;
import com.fasterxml.jackson.databind.util.LookupCache;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.fasterxml.jackson.module.paramnames.ParameterNamesModule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.perille.Codec;

/**
 * A codec for JSON by Jackson 2: {@code Topic.of("orders", Jackson2Codec.of(Order.class))}.
 *
 * <p>Jackson 2 is on the class path anyway, since Pekko uses it. {@link Jackson3Codec} writes and
 * reads the same form, under the same name, {@code json}. So an application may change from one to
 * the other.
 *
 * <p>Messages may be records, classes with fields, collections, maps, generic types by a type
 * reference, and JSON trees ({@code JsonNode}). They need no annotations:
 *
 * <ul>
 *   <li>Each field is a property, whatever its visibility.
 *   <li>A sealed type is stored with a property {@code @type}: the simple name of the class, or its
 *       {@code @JsonTypeName}. With {@code @JsonTypeInfo}, that annotation decides.
 *   <li>Dates and times are texts of ISO 8601, with their zone or offset.
 *   <li>An unknown property is ignored. A missing number or boolean is an error, other missing
 *       properties are null.
 *   <li>Jackson's modules on the class path are used, such as {@code jackson-module-kotlin}.
 * </ul>
 *
 * <p>{@link #withMapper} replaces all of this.
 *
 * <p><b>Threading</b>: immutable, for use by any number of threads.
 *
 * @param <M> the type of the messages
 */
public final class Jackson2Codec<M> implements Codec<M> {
  private static final String NAME = "json";

  /**
   * Returns a mapper for one codec. Modules of the class path are found as services, except the one
   * that is for Scala.
   *
   * <p>A mapper and its type factory refer to all classes that they have converted. So they aren't
   * shared by codecs: an application that is loaded anew in the same process, as by
   * spring-boot-devtools, leaves nothing behind.
   */
  private static ObjectMapper mapper() {
    List<Module> modules = new ArrayList<>(JsonMapper.Builder.findModules());
    modules.removeIf(module -> module.getClass().getName().contains(".module.scala."));
    return JsonMapper.builder()
        .typeFactory(
            TypeFactory.defaultInstance()
                .withCache((LookupCache<Object, JavaType>) new LRUMap<Object, JavaType>(16, 200)))
        .annotationIntrospector(new SealedIntrospector())
        .addModules(new JavaTimeModule(), new Jdk8Module(), new ParameterNamesModule())
        .addModules(modules)
        .visibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY)
        .disable(
            SerializationFeature.WRITE_DATES_AS_TIMESTAMPS,
            SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS,
            SerializationFeature.FAIL_ON_EMPTY_BEANS)
        .enable(SerializationFeature.WRITE_DATES_WITH_ZONE_ID)
        .disable(
            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
            DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
        .enable(
            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
            DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(JsonNodeFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .build();
  }

  /**
   * Converts the JSON of another version of a codec to that of the current one.
   *
   * <p><b>Threading</b>: called by any number of threads.
   */
  @FunctionalInterface
  public interface Migration {
    /**
     * Returns the JSON of the current version.
     *
     * @param json the stored JSON, which this method may change
     * @param fromVersion the version under which it was stored, not the current one
     */
    JsonNode migrate(JsonNode json, int fromVersion);
  }

  /** The version that is written, the newest that is read, and how others are read. */
  private record Versions(int current, int newest, Optional<Migration> migration) {}

  private final String name;
  private final JavaType type;
  private final ObjectMapper mapper;
  private final ObjectWriter writer;
  private final ObjectReader reader;
  private final Versions versions;

  private Jackson2Codec(String name, JavaType type, ObjectMapper mapper, Versions versions) {
    this.name = name;
    this.type = type;
    this.mapper = mapper;
    this.writer = mapper.writerFor(type);
    this.reader = mapper.readerFor(type);
    this.versions = versions;
  }

  private static <M> Jackson2Codec<M> of(JavaType type, ObjectMapper mapper) {
    return new Jackson2Codec<>(NAME, type, mapper, new Versions(1, 1, Optional.empty()));
  }

  /** Returns a codec for a class, or for a common supertype of all messages. */
  public static <M> Jackson2Codec<M> of(Class<M> type) {
    ObjectMapper mapper = mapper();
    return of(mapper.constructType(Objects.requireNonNull(type, "type")), mapper);
  }

  /**
   * Returns a codec for a generic type: {@code Jackson2Codec.of(new
   * TypeReference<Envelope<Order>>() {})}.
   */
  public static <M> Jackson2Codec<M> of(TypeReference<M> type) {
    ObjectMapper mapper = mapper();
    return of(mapper.constructType(Objects.requireNonNull(type, "type")), mapper);
  }

  /**
   * Returns the same codec with a mapper of the application, which determines the form. Give it
   * another name with {@link #named} if its JSON differs, or if it isn't JSON.
   *
   * <p>Don't change the mapper's configuration afterwards.
   */
  public Jackson2Codec<M> withMapper(ObjectMapper mapper) {
    return new Jackson2Codec<>(
        name, mapper.constructType(type), Objects.requireNonNull(mapper, "mapper"), versions);
  }

  /** Returns the same codec with another name. Default: {@code json}. See {@link Codec#name}. */
  public Jackson2Codec<M> named(String name) {
    return new Jackson2Codec<>(Objects.requireNonNull(name, "name"), type, mapper, versions);
  }

  /**
   * Returns the same codec with another version. Default: 1.
   *
   * @param version the version that is written, at least 1
   * @param migration converts the JSON of other versions
   */
  public Jackson2Codec<M> withVersion(int version, Migration migration) {
    return new Jackson2Codec<>(
        name,
        type,
        mapper,
        new Versions(
            version, version, Optional.of(Objects.requireNonNull(migration, "migration"))));
  }

  /**
   * Returns the same codec, which also reads newer versions, by the migration of {@link
   * #withVersion}. See {@link Codec#newestReadable}.
   *
   * @param newest at least the version that is written
   */
  public Jackson2Codec<M> readingUpTo(int newest) {
    return new Jackson2Codec<>(
        name, type, mapper, new Versions(versions.current, newest, versions.migration));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int version() {
    return versions.current;
  }

  @Override
  public int newestReadable() {
    return versions.newest;
  }

  @Override
  @SuppressWarnings("unchecked") // the type was created from that of the messages
  public Class<? super M> type() {
    return (Class<? super M>) type.getRawClass();
  }

  @Override
  public boolean writesFields() {
    return true;
  }

  @Override
  public byte[] encode(M message) throws IOException {
    return writer.writeValueAsBytes(message);
  }

  @Override
  public M decode(byte[] bytes, int version) throws IOException {
    if (version == versions.current) {
      return reader.readValue(bytes);
    }
    Migration migration =
        versions.migration.orElseThrow(
            () -> new IllegalStateException("there is no migration: add one with withVersion"));
    return reader.readValue(migration.migrate(mapper.readTree(bytes), version));
  }

  /** Sees sealed types as if they had Jackson's annotations. */
  private static final class SealedIntrospector extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public JsonTypeInfo.Value findPolymorphicTypeInfo(MapperConfig<?> config, Annotated annotated) {
      JsonTypeInfo.Value declared = super.findPolymorphicTypeInfo(config, annotated);
      return declared == null && isSealed(annotated) ? SealedTypes.TYPE_INFO : declared;
    }

    @Override
    public List<NamedType> findSubtypes(Annotated annotated) {
      List<NamedType> declared = super.findSubtypes(annotated);
      return declared == null && isSealed(annotated)
          ? SealedTypes.permitted(annotated.getRawType()).entrySet().stream()
              .map(one -> new NamedType(one.getValue(), one.getKey()))
              .toList()
          : declared;
    }

    private static boolean isSealed(Annotated annotated) {
      return annotated instanceof AnnotatedClass && SealedTypes.isSealed(annotated.getRawType());
    }
  }
}
