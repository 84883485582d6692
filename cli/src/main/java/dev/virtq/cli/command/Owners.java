package dev.virtq.cli.command;

import dev.virtq.cli.console.Style;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.Owner;
import org.jspecify.annotations.Nullable;

/** How the owners of slots and chains are counted, named and coloured. */
final class Owners {
    private Owners() {}

    static long slots(QueueSnapshot picture, Owner owner) {
        return picture.slots().stream().filter(slot -> slot.owner() == owner).count();
    }

    static long chains(QueueSnapshot picture, Owner owner) {
        return picture.chains().stream().filter(chain -> chain.owner() == owner).count();
    }

    /** {@return one character for the strip of slots} */
    static char mark(Owner owner) {
        return switch (owner) {
            case FREE -> '.';
            case PREPARED -> 'p';
            case STAGED -> 's';
            case DEVICE -> 'D';
            case USED -> 'U';
        };
    }

    static String name(Owner owner) {
        return switch (owner) {
            case FREE -> "free";
            case PREPARED -> "prepared";
            case STAGED -> "staged";
            case DEVICE -> "with the device";
            case USED -> "used";
        };
    }

    static @Nullable Style style(Owner owner) {
        return switch (owner) {
            case FREE -> null;
            case PREPARED -> Style.DRIVER;
            case STAGED -> Style.BUSY;
            case DEVICE -> Style.DEVICE;
            case USED -> Style.GOOD;
        };
    }
}
