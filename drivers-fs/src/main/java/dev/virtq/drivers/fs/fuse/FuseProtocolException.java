package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.io.Serial;

/** What the server says makes no sense. The request has failed, if it was one; others go on. */
public final class FuseProtocolException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    /**
     * Makes one.
     *
     * @param opcode what was asked for
     * @param problem what is wrong with the answer, in a few words
     */
    public FuseProtocolException(FuseOpcode opcode, String problem) {
        super("the answer to %s makes no sense: %s".formatted(opcode, problem));
    }

    FuseProtocolException(Object notification, String problem) {
        super("the notification %s makes no sense: %s".formatted(notification, problem));
    }
}
