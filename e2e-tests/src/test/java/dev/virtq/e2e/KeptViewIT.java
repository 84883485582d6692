package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A view that is kept across the close of its machine is an exception, never the end of the JVM.
 */
class KeptViewIT {
    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local", "sim"})
    void throwsAfterTheMachineWasClosed(String kind) throws Exception {
        Machines.require(kind);
        Process jvm =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                KeptView.class.getName(),
                                kind)
                        .redirectErrorStream(true)
                        .start();
        String out = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jvm.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(jvm.exitValue()).as(out).isZero();
        assertThat(out)
                .contains("trusted: 42") // bare, and still mapped
                .contains("view: IllegalStateException")
                .contains("accessor: IllegalStateException");
    }
}
