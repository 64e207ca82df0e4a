package dev.weir.lbd;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What signals do, one after the other in a thread of their own. TERM and INT are the JVM's: they end it. The JDK has this
 * in sun.misc.Signal only, which is reached by name since javac warns of it whoever imports it; a library that wraps it
 * (jnr-posix) takes a second to load.
 */
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private Signals() {
    }

    /**
     * From now on, for as long as the process lives.
     *
     * @param handlers by the signals' names, as HUP
     */
    static void handle(Map<String, Runnable> handlers) {
        ExecutorService thread = Executors
                .newSingleThreadExecutor(Thread.ofPlatform().name("signals").daemon().factory());
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Method handle = signal.getMethod("handle", signal, handler);
            for (Map.Entry<String, Runnable> entry : handlers.entrySet()) {
                Object run = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[]{handler},
                        (_, _, _) -> {
                            thread.execute(() -> run(entry.getKey(), entry.getValue()));
                            return null;
                        });
                handle.invoke(null, signal.getConstructor(String.class).newInstance(entry.getKey()), run);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signals cannot be taken: "
                    + (e instanceof InvocationTargetException wrapper ? wrapper.getCause() : e), e);
        }
    }

    private static void run(String signal, Runnable handler) {
        try {
            handler.run();
        } catch (RuntimeException e) {
            LOG.error("what {} asks for failed", signal, e);
        }
    }
}
