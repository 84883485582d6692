package dev.virtq.machine.qemu;

import dev.virtq.testing.Prerequisite;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests that need QEMU on this computer; see {@link Prerequisite#QEMU} for where there is none. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresQemu.Check.class)
@interface RequiresQemu {
    /** Looks for QEMU. */
    final class Check implements BeforeAllCallback {
        @Override
        public void beforeAll(ExtensionContext context) {
            Optional<String> missing = new LocalQemuProvider().whatIsMissing();
            Prerequisite.QEMU.check(missing.isEmpty(), missing.orElse(""));
        }
    }
}
