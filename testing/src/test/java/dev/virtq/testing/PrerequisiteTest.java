package dev.virtq.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class PrerequisiteTest {
    private @Nullable String before;

    @BeforeEach
    void requireNothing() {
        before = System.getProperty("virtq.require");
        System.clearProperty("virtq.require");
    }

    @AfterEach
    void requireWhatTheBuildRequires() {
        if (before == null) {
            System.clearProperty("virtq.require");
        } else {
            System.setProperty("virtq.require", before);
        }
    }

    @Test
    void letsATestRunThatHasWhatItNeeds() {
        assertThatCode(() -> Prerequisite.QEMU.check(true, "unused")).doesNotThrowAnyException();
    }

    @Test
    void skipsATestThatLacksWhatItNeeds() {
        assertThatThrownBy(() -> Prerequisite.QEMU.check(false, "no QEMU on the PATH"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessage("no QEMU on the PATH");
    }

    @Test
    void failsATestThatLacksWhatIsRequired() {
        System.setProperty("virtq.require", "container, qemu");
        assertThatThrownBy(() -> Prerequisite.QEMU.check(false, "no QEMU on the PATH"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("no QEMU on the PATH")
                .hasMessageContaining("virtq.require");
    }

    @Test
    void requiresOnlyWhatIsNamed() {
        System.setProperty("virtq.require", "container,vhost-user");
        assertThat(Prerequisite.CONTAINER.isRequired()).isTrue();
        assertThat(Prerequisite.VHOST_USER.isRequired()).isTrue();
        assertThat(Prerequisite.QEMU.isRequired()).isFalse();
    }
}
