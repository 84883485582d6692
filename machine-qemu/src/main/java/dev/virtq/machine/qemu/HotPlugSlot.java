package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A slot into which devices are plugged while the machine runs, and the part that the operating
 * system plays in it (PCI Express Base 3.0, sections 6.7 and 7.8.9 to 7.8.11): it answers the
 * attention button, and turns power and its indicator on and off.
 *
 * <p>Interrupts of the slot stay off; its status is looked at.
 */
final class HotPlugSlot {
    private static final int CAPABILITIES = 0x14;
    private static final int CONTROL = 0x18;
    private static final int STATUS = 0x1a;

    private static final int CAN_POWER = 1 << 1;
    private static final int HOT_PLUG_CAPABLE = 1 << 6;
    private static final int TELLS_NO_COMPLETION = 1 << 18;

    private static final int POWER_INDICATOR = 0x300;
    private static final int INDICATOR_ON = 0x100;
    private static final int INDICATOR_BLINKS = 0x200;
    private static final int INDICATOR_OFF = 0x300;
    private static final int POWER_OFF = 1 << 10;

    private static final int BUTTON_PRESSED = 1;
    private static final int PRESENCE_CHANGED = 1 << 3;
    private static final int COMMAND_COMPLETED = 1 << 4;
    private static final int PRESENT = 1 << 6;
    private static final int LINK_CHANGED = 1 << 8;
    private static final int EVENTS = BUTTON_PRESSED | PRESENCE_CHANGED | LINK_CHANGED;

    /** A slot has to complete a command in that time. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final long PAUSE_NANOS = 100_000;

    private final ExpressCapability express;

    private HotPlugSlot(ExpressCapability express) {
        this.express = express;
    }

    /**
     * {@return the slot behind a bridge; empty when nothing can be plugged there}
     *
     * @param config the bridge's configuration space
     */
    static Optional<HotPlugSlot> of(RegisterWindow config) {
        return ExpressCapability.of(config)
                .filter(ExpressCapability::hasSlot)
                .map(HotPlugSlot::new)
                .filter(slot -> slot.can(HOT_PLUG_CAPABLE) && slot.can(CAN_POWER));
    }

    /** {@return whether there is something in it} */
    boolean isOccupied() {
        return (express.readShort(STATUS) & PRESENT) != 0;
    }

    /** {@return whether it has power} */
    boolean isOn() {
        return (express.readShort(CONTROL) & POWER_OFF) == 0;
    }

    /** Waits for something to be in it; what is heard of its coming is taken note of. */
    void awaitOccupied() {
        await(PRESENT, "shows no device that was plugged in");
        clear(EVENTS);
    }

    /** Waits for the attention button, which asks for the device to be let go. */
    void awaitButton() {
        await(BUTTON_PRESSED, "hears nothing of a device that shall be unplugged");
        clear(EVENTS);
    }

    /** Gives power: the device is there from then on, or soon after. */
    void turnOn() {
        command(INDICATOR_ON);
    }

    /** Tells that the device is about to be let go. */
    void announce() {
        command(INDICATOR_BLINKS);
    }

    /** Takes the power away, and tells that the device may be taken out. */
    void turnOff() {
        command(INDICATOR_OFF | POWER_OFF);
        clear(EVENTS);
    }

    /** The rest of the register stays: one write is one command, whatever it changes. */
    private void command(int power) {
        clear(COMMAND_COMPLETED);
        int control = express.readShort(CONTROL) & ~(POWER_INDICATOR | POWER_OFF);
        express.writeShort(CONTROL, control | power);
        if (!can(TELLS_NO_COMPLETION)) {
            await(COMMAND_COMPLETED, "does not complete a command");
            clear(COMMAND_COMPLETED);
        }
    }

    private void await(int bit, String otherwise) {
        long start = System.nanoTime();
        while ((express.readShort(STATUS) & bit) == 0) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new QemuException(
                        "the slot %s: its status reads 0x%04x after %d ms"
                                .formatted(
                                        otherwise, express.readShort(STATUS), PATIENCE.toMillis()));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Writing a one clears it. Only those that are up: QEMU takes others for a race. */
    private void clear(int events) {
        int up = express.readShort(STATUS) & events;
        if (up != 0) {
            express.writeShort(STATUS, up);
        }
    }

    private boolean can(int capability) {
        return (express.readInt(CAPABILITIES) & capability) != 0;
    }
}
