package dev.virtq.machine.qemu;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;

/**
 * Tests that need QEMU on this computer: skipped with the reason where there is none, unless the
 * system property {@code virtq.require} names {@code qemu}; they run and fail then.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresQemu.Condition.class)
@interface RequiresQemu {
    /** Looks for QEMU. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            String required = System.getProperty("virtq.require", "");
            if (Arrays.asList(required.split(",", -1)).contains("qemu")) {
                return ConditionEvaluationResult.enabled("-Dvirtq.require=" + required);
            }
            try {
                QemuProcess.find(QemuCommandLine.DEFAULT.binary());
                return ConditionEvaluationResult.enabled("QEMU is installed");
            } catch (QemuException missing) {
                return ConditionEvaluationResult.disabled(missing.getMessage());
            }
        }
    }
}
