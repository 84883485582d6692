package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.pci.PciFunction;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the function is still there. A function that was unplugged answers every read with all
 * ones, and so does its vendor id, which no function has.
 */
public final class Presence {
    private static final int ALL_ONES = 0xff;

    private final PciFunction function;
    private final ConfigHeader header;
    private volatile @Nullable DeviceLostException unplugged;

    /**
     * Watches a function.
     *
     * @param function the function
     */
    public Presence(PciFunction function) {
        this.function = function;
        this.header = new ConfigHeader(function.configSpace());
    }

    /** {@return why the function is gone; empty while it is there, as far as known} */
    public Optional<DeviceLostException> lost() {
        DeviceLostException gone = unplugged;
        return gone != null ? Optional.of(gone) : function.lost();
    }

    /**
     * Looks closer when a register reads as if nobody had answered.
     *
     * @param value what an 8-bit register read, 0 to 255
     * @return the value
     * @throws DeviceLostException when the function is gone
     */
    public int checked(int value) {
        if (value == ALL_ONES) {
            examine();
        }
        return value;
    }

    /**
     * Looks whether anybody answers.
     *
     * @throws DeviceLostException when the function is gone
     */
    public void examine() {
        if (!header.isPresent()) {
            DeviceLostException gone =
                    new DeviceLostException(
                            "pci %s is gone: it answers with all ones"
                                    .formatted(function.address()));
            unplugged = gone;
            throw gone;
        }
    }
}
