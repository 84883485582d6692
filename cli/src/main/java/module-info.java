import org.jspecify.annotations.NullMarked;

/** The commands and the shell of virtq. */
@NullMarked
module dev.virtq.cli {
    requires static org.jspecify;
}
