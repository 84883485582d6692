package dev.virtq.testing;

import java.util.Arrays;
import java.util.Locale;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * Something outside the JVM that a test cannot do without.
 *
 * {@snippet :
 * @BeforeAll
 * static void needsQemu() {
 *     Prerequisite.QEMU.check(binary.isPresent(), "no qemu-system-x86_64 on the PATH");
 * }
 * }
 *
 * <p>Where it is missing the test is skipped, with the reason in the build's output. Where the
 * system property {@code virtq.require} names it (a comma-separated list: {@code ./mvnw verify
 * -Dvirtq.require=container,qemu,vhost-user}, as CI does), the test fails instead.
 */
public enum Prerequisite {
    /** A container engine that answers, with an image that can be built or is there. */
    CONTAINER,
    /** A QEMU binary on this computer. */
    QEMU,
    /** Back ends that others wrote: of DPDK, virtiofsd, and qemu-storage-daemon. */
    VHOST_USER;

    /**
     * Skips the test that calls, or fails it where nothing may be missing.
     *
     * @param present whether this is there
     * @param reason what is missing and what would bring it, for whoever reads the build's output
     * @throws TestAbortedException if it is missing, which skips the test
     * @throws AssertionError if it is missing and {@code virtq.require} names it
     */
    public void check(boolean present, String reason) {
        if (present) {
            return;
        }
        if (isRequired()) {
            throw new AssertionFailedError(
                    reason + " (and -Dvirtq.require says that " + key() + " must not be missing)");
        }
        throw new TestAbortedException(reason);
    }

    /** {@return whether {@code virtq.require} names this} */
    public boolean isRequired() {
        return Arrays.stream(System.getProperty("virtq.require", "").split(","))
                .anyMatch(name -> name.strip().equals(key()));
    }

    private String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
