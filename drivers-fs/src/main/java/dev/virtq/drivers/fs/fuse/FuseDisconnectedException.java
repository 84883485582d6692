package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.io.Serial;

/** The device is gone, has failed, or was closed: nothing can be asked of it any more. */
public final class FuseDisconnectedException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    FuseDisconnectedException(Throwable cause) {
        super("the file system's device cannot be used any more: " + cause.getMessage(), cause);
    }
}
