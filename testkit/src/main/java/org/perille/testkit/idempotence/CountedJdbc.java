package org.perille.testkit.idempotence;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.perille.testkit.idempotence.Disturbance.Kind;
import org.perille.testkit.idempotence.Step.Where;

/** Counts every call of the database in a run of the process, on any connection. */
final class CountedJdbc {
  private static final List<Class<?>> COUNTED =
      List.of(
          CallableStatement.class,
          PreparedStatement.class,
          Statement.class,
          ResultSet.class,
          Connection.class);

  private final HandlerRun run;

  private CountedJdbc(HandlerRun run) {
    this.run = run;
  }

  static DataSource dataSource(DataSource real, HandlerRun run) {
    CountedJdbc counted = new CountedJdbc(run);
    return (DataSource)
        Proxy.newProxyInstance(
            CountedJdbc.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) ->
                method.getName().equals("getConnection")
                    ? counted.connect(real, method, arguments)
                    : plainly(real, method, arguments));
  }

  private static Object plainly(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private Object connect(DataSource real, Method method, Object[] arguments) throws Throwable {
    boolean own = run.steps().where() == Where.HANDLER;
    disturb(
        new Step.Jdbc("DataSource.getConnection", Optional.empty(), own),
        () -> Optional.empty(),
        false);
    Connection connection = (Connection) plainly(real, method, arguments);
    run.opened(connection);
    if (run.isDead()) {
      throw run.crash();
    }
    return wrap(connection, new Calls(connection, own, Optional.empty()));
  }

  private Object wrap(Object real, Calls calls) {
    Class<?> type =
        COUNTED.stream().filter(candidate -> candidate.isInstance(real)).findFirst().orElseThrow();
    Object proxy =
        Proxy.newProxyInstance(CountedJdbc.class.getClassLoader(), new Class<?>[] {type}, calls);
    calls.type = type;
    return proxy;
  }

  /** A call. */
  private interface Doing {
    Optional<Object> run() throws Throwable;
  }

  /**
   * Counts a call, and injects the planned fault.
   *
   * @param doneFirst true if a failure comes after the call is done; its caller then doesn't know
   *     that
   */
  private Optional<Object> disturb(Step.Jdbc call, Doing doing, boolean doneFirst)
      throws Throwable {
    Kind kind = run.next(call);
    if (kind == Kind.FAILURE && !doneFirst) {
      throw lost(call);
    }
    Optional<Object> result = doing.run();
    if (kind == Kind.FAILURE) {
      throw lost(call);
    }
    if (kind == Kind.CRASH) {
      throw run.crash();
    }
    return result;
  }

  private static SQLException lost(Step.Jdbc call) {
    return new SQLException(
        "the connection is lost, by a fault of the idempotence check, at " + call.words(), "08006");
  }

  /** The calls of one object. */
  private final class Calls implements InvocationHandler {
    private final Object real;
    private final boolean own;
    private final Optional<String> sql;
    private Class<?> type = Object.class;

    Calls(Object real, boolean own, Optional<String> sql) {
      this.real = real;
      this.own = own;
      this.sql = sql;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      String name = method.getName();
      if (method.getDeclaringClass() == Object.class) {
        return plainly(real, method, arguments);
      }
      if (name.equals("unwrap") && ((Class<?>) arguments[0]).isInstance(proxy)) {
        return proxy;
      }
      if (name.equals("getConnection") && proxy instanceof Statement) {
        return wrap(
            plainly(real, method, arguments), new Calls(connection(), own, Optional.empty()));
      }
      Optional<String> statement = sqlOf(name, arguments);
      Optional<Object> result =
          disturb(
              new Step.Jdbc(words(name, arguments, statement), statement, own),
              () -> Optional.ofNullable(plainly(real, method, arguments)),
              name.equals("commit"));
      boolean beginsEffect =
          !own && name.equals("setAutoCommit") && run.steps().where() == Where.BEFORE;
      if (beginsEffect) {
        run.steps().enter(Where.HANDLER);
      }
      return result.map(value -> wrapIfCounted(value, statement)).orElse(null);
    }

    private Connection connection() throws SQLException {
      return ((Statement) real).getConnection();
    }

    /** Returns the SQL of a statement: the text of its preparation, or of its execution. */
    private Optional<String> sqlOf(String name, Object[] arguments) {
      boolean given =
          arguments != null
              && arguments.length > 0
              && arguments[0] instanceof String
              && (name.startsWith("prepare")
                  || name.startsWith("execute")
                  || name.equals("addBatch"));
      return given ? Optional.of((String) arguments[0]) : sql;
    }

    private String words(String name, Object[] arguments, Optional<String> statement) {
      boolean isText = statement.isPresent() && sql.isEmpty();
      return type.getSimpleName()
          + "."
          + name
          + (arguments == null || isText
              ? ""
              : Arrays.stream(arguments)
                  .map(String::valueOf)
                  .collect(Collectors.joining(", ", "(", ")")));
    }

    private Object wrapIfCounted(Object value, Optional<String> statement) {
      return COUNTED.stream().anyMatch(counted -> counted.isInstance(value))
          ? wrap(value, new Calls(value, own, statement))
          : value;
    }
  }
}
