package org.perille.testkit.idempotence;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import org.perille.testkit.idempotence.Disturbance.Kind;

/** Counts every call of something outside in a run of the process. */
final class CountedOutside {
  private CountedOutside() {}

  static <I> I around(Class<I> type, I fake, HandlerRun run) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                method.getDeclaringClass() == Object.class
                    ? plainly(fake, method, arguments)
                    : counted(type, fake, run, method, arguments)));
  }

  private static Object counted(
      Class<?> type, Object fake, HandlerRun run, Method method, Object[] arguments)
      throws Throwable {
    List<String> texts =
        arguments == null ? List.of() : Arrays.stream(arguments).map(String::valueOf).toList();
    Step.Outside call = new Step.Outside(type.getSimpleName() + "." + method.getName(), texts);
    Kind kind = run.next(call);
    if (kind == Kind.REFUSAL) {
      throw new AnswerLostException(call.words());
    }
    Object result = plainly(fake, method, arguments);
    if (kind == Kind.CRASH) {
      throw run.crash();
    }
    if (kind == Kind.FAILURE) {
      throw new AnswerLostException(call.words());
    }
    return result;
  }

  private static Object plainly(Object target, Method method, Object[] arguments) throws Throwable {
    // The interfaces by which handlers know the outside are often not public.
    method.setAccessible(true);
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
