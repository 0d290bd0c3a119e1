package org.perille.proof.database;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A statement of a simulated session. It records its parameters. */
final class SimulatedStatement implements InvocationHandler {
  private final Connection proxy;
  private final SimulatedSession session;
  private final Statement statement;

  /** The SQL of a prepared statement. Empty if it isn't prepared. */
  private final String prepared;

  private final List<Object> parameters = new ArrayList<>();
  private final List<List<Object>> batch = new ArrayList<>();

  private SimulatedStatement(
      Connection proxy, SimulatedSession session, Statement statement, String prepared) {
    this.proxy = proxy;
    this.session = session;
    this.statement = statement;
    this.prepared = prepared;
  }

  /** Wraps a statement that a method of a connection has created. */
  static Statement of(
      Connection proxy,
      SimulatedSession session,
      Statement statement,
      Method method,
      Object[] arguments) {
    String sql = method.getName().startsWith("prepare") ? (String) arguments[0] : "";
    return SimulatedSession.proxy(
        method.getReturnType().asSubclass(Statement.class),
        new SimulatedStatement(proxy, session, statement, sql));
  }

  @Override
  public Object invoke(Object self, Method method, Object[] arguments) throws Throwable {
    String name = method.getName();
    if (name.equals("getConnection")) {
      return proxy;
    }
    if (name.startsWith("execute")) {
      return execute(method, arguments);
    }
    if (name.startsWith("set") && arguments.length > 1 && arguments[0] instanceof Integer index) {
      while (parameters.size() < index) {
        parameters.add(null);
      }
      parameters.set(index - 1, arguments[1]);
    } else if (name.equals("addBatch")) {
      batch.add(new ArrayList<>(parameters));
    }
    return SimulatedSession.call(statement, method, arguments);
  }

  private Object execute(Method method, Object[] arguments) throws Throwable {
    String sql = prepared.isEmpty() ? (String) arguments[0] : prepared;
    List<List<Object>> rows =
        method.getName().equals("executeBatch")
            ? List.copyOf(batch)
            : List.of(new ArrayList<>(parameters));
    SimulatedSession.Execution execution = () -> method.invoke(statement, arguments);
    return sql.toLowerCase(Locale.ROOT).startsWith("select")
        ? session.query(sql, execution)
        : session.change(new Transaction.Change(sql, rows), execution);
  }
}
