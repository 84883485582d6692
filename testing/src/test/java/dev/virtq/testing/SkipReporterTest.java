package dev.virtq.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class SkipReporterTest {
    @Test
    void saysWhichTestsDidNotRunAndWhy() {
        assertThat(reportOf(SomeAreSkipped.class))
                .containsExactlyInAnyOrder(
                        "SKIPPED " + SomeAreSkipped.class.getName() + ".isDisabled(): out of order",
                        "SKIPPED "
                                + SomeAreSkipped.class.getName()
                                + ".givesUp(): Assumption failed: no engine answers: start one",
                        "SKIPPED "
                                + SomeAreSkipped.class.getName()
                                + ".givesUpSilently(): no reason was given");
    }

    @Test
    void namesTheClassWhenAllOfItIsSkipped() {
        assertThat(reportOf(AllAreSkipped.class))
                .containsExactly(
                        "SKIPPED "
                                + AllAreSkipped.class.getName()
                                + ": Assumption failed: no QEMU here");
    }

    @Test
    void isFoundByJUnitItself() {
        assertThat(ServiceLoader.load(TestExecutionListener.class))
                .hasAtLeastOneElementOfType(SkipReporter.class);
    }

    private static List<String> reportOf(Class<?> tests) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            LauncherFactory.create(
                            LauncherConfig.builder()
                                    .enableTestExecutionListenerAutoRegistration(false)
                                    .addTestExecutionListeners(new SkipReporter(out))
                                    .build())
                    .execute(
                            LauncherDiscoveryRequestBuilder.request()
                                    .selectors(selectClass(tests))
                                    .build());
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** Run by the launcher above and, being no top-level test class, not by the build. */
    static class SomeAreSkipped {
        @Test
        void runs() {}

        @Test
        @Disabled("out of order")
        void isDisabled() {}

        @Test
        void givesUp() {
            Assumptions.abort("Assumption failed: no engine answers:\n  start one");
        }

        @Test
        void givesUpSilently() {
            Assumptions.abort();
        }
    }

    static class AllAreSkipped {
        @BeforeAll
        static void needsQemu() {
            Assumptions.assumeTrue(false, "no QEMU here");
        }

        @Test
        void neverRuns() {}
    }
}
