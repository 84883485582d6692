package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.io.Serial;

/** The server's answer makes no sense. The request has failed; others go on. */
public final class FuseProtocolException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    FuseProtocolException(FuseOpcode opcode, String problem) {
        super("the answer to %s makes no sense: %s".formatted(opcode, problem));
    }
}
