package dev.virtq.transport.pci;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The statements of virtio 1.4 that a test holds virtq to, as in {@code 4.1.4.1#2}. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Clause {
    /** {@return sections, each with the number of the statement in it} */
    String[] value();
}
