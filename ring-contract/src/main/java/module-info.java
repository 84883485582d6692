import org.jspecify.annotations.NullMarked;

/** What a ring format must do, as tests that a format's own tests inherit. */
@NullMarked
open module dev.virtq.ring.contract {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;
    requires java.management;
    requires jdk.management;
    requires org.assertj.core;
    requires transitive org.junit.jupiter.api;
    requires transitive org.junit.jupiter.params;

    exports dev.virtq.ring.contract;
}
