package dev.virtq.machine.qemu;

/** QEMU understood a QMP command and answered with an error. */
public final class QmpErrorException extends QemuException {
    private static final long serialVersionUID = 1L;

    private final String errorClass;
    private final String description;

    QmpErrorException(String command, String errorClass, String description) {
        super("QEMU refused '%s': %s (%s)".formatted(command, description, errorClass));
        this.errorClass = errorClass;
        this.description = description;
    }

    /**
     * {@return QEMU's class of the error, such as {@code CommandNotFound} or {@code GenericError}}
     */
    public String errorClass() {
        return errorClass;
    }

    /** {@return QEMU's own description of the error} */
    public String description() {
        return description;
    }
}
