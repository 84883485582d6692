package dev.virtq.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The statements of virtio 1.4 that a test holds virtq to.
 *
 * {@snippet :
 * @Test
 * @Clause("2.7.13.3.1#1")
 * void theDeviceSeesDescriptorsBeforeTheIndex() {
 * }
 * }
 *
 * <p>An id is a section, and the number of the statement among the section's: {@code 2.7.13.3.1#1}
 * is the first one. A requirement that a section makes without a word like MUST has no number:
 * {@code 2.7.5}. On a class, it says what all of its tests are about.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@Repeatable(Clauses.class)
public @interface Clause {
    /** {@return the ids of the statements} */
    String[] value();
}
