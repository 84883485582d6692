package dev.virtq.fuzz.ring;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.queue.ring.DriverRing;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A driver end with one check taken out: where the ring would tell of the fault, it goes on with
 * what the device wrote, as a ring without the check would.
 */
public final class PlantedDriverRing extends ForwardingDriverRing {
    private static final Pattern EVIDENCE = Pattern.compile("id (\\d+), length (\\d+)");
    private static final String NONE = "no check";

    private final String check;
    private final boolean deafToPositions;
    private long believedLength = -1;

    private PlantedDriverRing(DriverRing ring, String check, boolean deafToPositions) {
        super(ring);
        this.check = check;
        this.deafToPositions = deafToPositions;
    }

    /** {@return a ring that takes each id for one in flight} */
    public static DriverRing withoutIdCheck(DriverRing ring) {
        return new PlantedDriverRing(ring, "is not in flight", false);
    }

    /** {@return a ring that takes each length for one that fits} */
    public static DriverRing withoutLengthCheck(DriverRing ring) {
        return new PlantedDriverRing(ring, "has room for", false);
    }

    /** {@return a ring that judges a device's wish for a notification when it is too late} */
    public static DriverRing withoutEventIndex(DriverRing ring) {
        return new PlantedDriverRing(ring, NONE, true);
    }

    @Override
    public int poll() {
        believedLength = -1;
        try {
            return super.poll();
        } catch (DeviceFaultException fault) {
            Matcher evidence = EVIDENCE.matcher(fault.evidence());
            if (!String.valueOf(fault.getMessage()).contains(check) || !evidence.find()) {
                throw fault;
            }
            believedLength = Long.parseLong(evidence.group(2));
            return Integer.parseUnsignedInt(evidence.group(1));
        }
    }

    @Override
    public long usedLength() {
        return believedLength >= 0 ? believedLength : super.usedLength();
    }

    @Override
    public boolean deviceWantsNotification() {
        boolean wanted = super.deviceWantsNotification();
        return wanted && !(deafToPositions && nextAvailable() % 4 == 3);
    }
}
