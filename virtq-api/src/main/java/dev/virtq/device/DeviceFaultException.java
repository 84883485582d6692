package dev.virtq.device;

/**
 * The device broke a rule of the standard, or reported an error of its own.
 *
 * <p>The queue on which it happened is not used any more; its buffers stay owned until the device
 * has been reset.
 */
public class DeviceFaultException extends VirtioException {
    private static final long serialVersionUID = 1L;

    private final String clause;
    private final String evidence;

    /**
     * Says which rule was broken, and where it shows.
     *
     * @param message what the device did
     * @param clause the section of virtio 1.4 that forbids it, with the number of the statement
     *     where there is one: {@code 2.7.8.2#2}
     * @param evidence what was read, where: {@code used ring slot 3: id 77, length 1514}
     */
    public DeviceFaultException(String message, String clause, String evidence) {
        super(message + " (virtio 1.4, " + clause + "; " + evidence + ")");
        this.clause = clause;
        this.evidence = evidence;
    }

    private DeviceFaultException(DeviceFaultException first) {
        super(first.text(), first);
        clause = first.clause;
        evidence = first.evidence;
    }

    @Override
    public DeviceFaultException again() {
        return new DeviceFaultException(this);
    }

    /** {@return the section of virtio 1.4 that the device broke} */
    public String clause() {
        return clause;
    }

    /** {@return what was read, and where} */
    public String evidence() {
        return evidence;
    }
}
