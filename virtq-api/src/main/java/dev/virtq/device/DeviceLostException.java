package dev.virtq.device;

import org.jspecify.annotations.Nullable;

/** The device, or the process that runs it, is gone. */
public class DeviceLostException extends VirtioException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what is gone.
     *
     * @param message one line: what is gone, and how it was noticed
     */
    public DeviceLostException(String message) {
        super(message);
    }

    /**
     * Says what is gone, and because of what.
     *
     * @param message one line: what is gone, and how it was noticed
     * @param cause how it was noticed
     */
    public DeviceLostException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public DeviceLostException again() {
        return new DeviceLostException(text(), this);
    }
}
