package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.io.Serial;

/** The server answered a request with an error number. */
public final class FuseException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    /** As Linux counts. */
    private final int number;

    /** What was asked for. */
    private final FuseOpcode opcode;

    FuseException(FuseOpcode opcode, int number) {
        super("%s: %s (error %d)".formatted(opcode, Errno.of(number).text(), number));
        this.opcode = opcode;
        this.number = number;
    }

    /** {@return the error} */
    public Errno errno() {
        return Errno.of(number);
    }

    /** {@return its number, as Linux counts; positive} */
    public int number() {
        return number;
    }

    /** {@return what was asked for} */
    public FuseOpcode opcode() {
        return opcode;
    }
}
