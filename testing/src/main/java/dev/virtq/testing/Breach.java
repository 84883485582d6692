package dev.virtq.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The statements of virtio 1.4 that the other side breaks in a test, which shows that virtq
 * notices.
 *
 * {@snippet :
 * @Test
 * @Breach("2.7.5.3.1#2")
 * void aTableWithinATableIsRefused() {
 * }
 * }
 *
 * <p>The ids are those of {@link Clause}. It is another annotation because such a test shows
 * nothing about whether virtq keeps the statement itself.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@Repeatable(Breaches.class)
public @interface Breach {
    /** {@return the ids of the statements} */
    String[] value();
}
