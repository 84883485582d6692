package dev.virtq.testing;

import java.io.PrintStream;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Prints one line for each test, or class of tests, that did not run: {@code SKIPPED
 * dev.virtq.FooTest.works: no Docker engine answers}. Surefire counts skipped tests and keeps the
 * reasons in its XML files; a build that is silent about them looks complete when it is not.
 *
 * <p>JUnit finds this class with {@link java.util.ServiceLoader}.
 */
public final class SkipReporter implements TestExecutionListener {
    private final PrintStream out;

    /** Reports to the standard output, which Maven shows. */
    public SkipReporter() {
        this(System.out);
    }

    SkipReporter(PrintStream out) {
        this.out = out;
    }

    /** Reports what a condition disabled. */
    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        report(test, reason);
    }

    /** Reports what gave up by itself, which is what a failed assumption does. */
    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == Status.ABORTED) {
            report(test, result.getThrowable().map(Throwable::getMessage).orElse(null));
        }
    }

    private void report(TestIdentifier test, @Nullable String reason) {
        String why = reason == null || reason.isBlank() ? "no reason was given" : reason.strip();
        out.println("SKIPPED " + name(test) + ": " + why.replaceAll("\\s*\\R\\s*", " "));
    }

    private static String name(TestIdentifier test) {
        return switch (test.getSource().orElse(null)) {
            case MethodSource method -> method.getClassName() + "." + test.getDisplayName();
            case ClassSource type -> type.getClassName();
            case null, default -> test.getDisplayName();
        };
    }
}
