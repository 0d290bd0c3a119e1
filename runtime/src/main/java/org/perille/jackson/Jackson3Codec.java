package org.perille.jackson;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.perille.Codec;
import org.perille.ConfigurationException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.NamedType;

/**
 * A codec for JSON by Jackson 3: {@code Topic.of("orders", Jackson3Codec.of(Order.class))}.
 *
 * <p>It needs {@code tools.jackson.core:jackson-databind} 3.1 or later on the class path, which
 * Perille doesn't bring along; Spring Boot 4 does. {@link Jackson2Codec} writes and reads the same
 * form, under the same name, {@code json}. So an application may change from one to the other.
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
public final class Jackson3Codec<M> implements Codec<M> {
  private static final String NAME = "json";

  /** Jackson 2 may come with annotations that are too old for Jackson 3. */
  private static ObjectMapper mapper() {
    try {
      return Mappers.create();
    } catch (LinkageError e) {
      throw new ConfigurationException(
          "Jackson 3 can't be loaded (%s): add tools.jackson.core:jackson-databind, and com.fasterxml.jackson.core:jackson-annotations in the version that it needs"
              .formatted(e),
          e);
    }
  }

  /** Mappers of codecs without one of the application. Apart, for Jackson 3 may be missing. */
  private static final class Mappers {
    private Mappers() {}

    /**
     * Returns a mapper for one codec. Modules of the class path are found as services, except the
     * one that is for Scala.
     *
     * <p>A mapper refers to all classes that it has converted. So it isn't shared by codecs: an
     * application that is loaded anew in the same process, as by spring-boot-devtools, leaves
     * nothing behind.
     */
    static ObjectMapper create() {
      List<JacksonModule> modules = new ArrayList<>(JsonMapper.Builder.findModules());
      modules.removeIf(module -> module.getClass().getName().contains(".module.scala."));
      return JsonMapper.builder()
          .annotationIntrospector(new SealedIntrospector())
          .addModules(modules)
          .changeDefaultVisibility(
              visibility -> visibility.withFieldVisibility(JsonAutoDetect.Visibility.ANY))
          // As Jackson 2, so that each reads the other's bytes.
          .enable(MapperFeature.ALLOW_FINAL_FIELDS_AS_MUTATORS)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .disable(EnumFeature.WRITE_ENUMS_USING_TO_STRING, EnumFeature.READ_ENUMS_USING_TO_STRING)
          .disable(
              DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS,
              DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS,
              DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
          .enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(
              DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonNodeFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();
    }
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

  private Jackson3Codec(String name, JavaType type, ObjectMapper mapper, Versions versions) {
    this.name = name;
    this.type = type;
    this.mapper = mapper;
    this.writer = mapper.writerFor(type);
    this.reader = mapper.readerFor(type);
    this.versions = versions;
  }

  private static <M> Jackson3Codec<M> of(JavaType type, ObjectMapper mapper) {
    return new Jackson3Codec<>(NAME, type, mapper, new Versions(1, 1, Optional.empty()));
  }

  /** Returns a codec for a class, or for a common supertype of all messages. */
  public static <M> Jackson3Codec<M> of(Class<M> type) {
    ObjectMapper mapper = mapper();
    return of(mapper.constructType(Objects.requireNonNull(type, "type")), mapper);
  }

  /**
   * Returns a codec for a generic type: {@code Jackson3Codec.of(new
   * TypeReference<Envelope<Order>>() {})}.
   */
  public static <M> Jackson3Codec<M> of(TypeReference<M> type) {
    ObjectMapper mapper = mapper();
    return of(mapper.constructType(Objects.requireNonNull(type, "type")), mapper);
  }

  /**
   * Returns the same codec with a mapper of the application, which determines the form. Give it
   * another name with {@link #named} if its JSON differs, or if it isn't JSON.
   *
   * <p>Don't change the mapper's configuration afterwards.
   */
  public Jackson3Codec<M> withMapper(ObjectMapper mapper) {
    return new Jackson3Codec<>(
        name, mapper.constructType(type), Objects.requireNonNull(mapper, "mapper"), versions);
  }

  /** Returns the same codec with another name. Default: {@code json}. See {@link Codec#name}. */
  public Jackson3Codec<M> named(String name) {
    return new Jackson3Codec<>(Objects.requireNonNull(name, "name"), type, mapper, versions);
  }

  /**
   * Returns the same codec with another version. Default: 1.
   *
   * @param version the version that is written, at least 1
   * @param migration converts the JSON of other versions
   */
  public Jackson3Codec<M> withVersion(int version, Migration migration) {
    return new Jackson3Codec<>(
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
  public Jackson3Codec<M> readingUpTo(int newest) {
    return new Jackson3Codec<>(
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
  public byte[] encode(M message) {
    return writer.writeValueAsBytes(message);
  }

  @Override
  public M decode(byte[] bytes, int version) {
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
    public List<NamedType> findSubtypes(MapperConfig<?> config, Annotated annotated) {
      // Jackson 3 finds the classes itself, but gives them other names.
      return isSealed(annotated) && _findAnnotation(annotated, JsonSubTypes.class) == null
          ? SealedTypes.permitted(annotated.getRawType()).entrySet().stream()
              .map(one -> new NamedType(one.getValue(), one.getKey()))
              .toList()
          : super.findSubtypes(config, annotated);
    }

    private static boolean isSealed(Annotated annotated) {
      return annotated instanceof AnnotatedClass && SealedTypes.isSealed(annotated.getRawType());
    }
  }
}
