package dev.virtq.transport.pci;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.fuzz.FuzzedWindow;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import java.util.Arrays;
import java.util.List;

/**
 * Base address registers of a function that is honest, or answers anything. What must hold:
 *
 * <ul>
 *   <li>probing gives BARs that can be, by ascending index, none in the place of another's upper
 *       half; or throws a {@link DeviceFaultException};
 *   <li>an honest function's registers are as they were, decoding too;
 *   <li>an honest function's BARs have the sizes that they have.
 * </ul>
 */
public final class BarProgram {
    private BarProgram() {}

    /** Probes a function. */
    public static void run(byte[] bytes) {
        Registers registers = new Registers(new Input(bytes));
        int[] before = registers.values.clone();
        BarProbe probe;
        List<PciBar> bars;
        try {
            probe = new BarProbe(registers);
            bars = probe.probe();
        } catch (DeviceFaultException fault) {
            Must.hold(fault.clause().startsWith("4.1."), "another clause", fault);
            Landmarks.reach("fault " + fault.clause());
            checkRestored(registers, before);
            return;
        } catch (IllegalArgumentException e) {
            Must.hold(
                    String.valueOf(e.getMessage()).startsWith("pci header"),
                    "refused for another reason",
                    e);
            Landmarks.reach("refused");
            return;
        }
        checkRestored(registers, before);
        int next = 0;
        for (PciBar bar : bars) {
            Must.hold(bar.index() >= next && bar.index() < 6, "a BAR comes too late", bar);
            next = bar.index() + (bar.kind() == PciBar.Kind.MEMORY_64 ? 2 : 1);
            if (!registers.liar) {
                Must.hold(bar.size() == registers.size(bar), "a BAR has another size", bar);
            }
            Landmarks.reach(bar.kind().name());
        }
        registers.command = 0; // before BARs are assigned, decoding is off
        for (PciBar bar : bars) {
            probe.assign(bar);
        }
    }

    private static void checkRestored(Registers registers, int[] before) {
        if (!registers.liar) {
            Must.hold(Arrays.equals(registers.values, before), "registers are not as they were");
            Must.hold(registers.command == registers.commandBefore, "decoding is not as it was");
        }
    }

    /** A header whose base address registers hold what is written, where a mask lets them. */
    private static final class Registers extends FuzzedWindow {
        private static final int COMMAND = 0x04;
        private static final int HEADER_TYPE = 0x0e;
        private static final int FIRST = 0x10;

        private final Input input;
        private final boolean liar;
        private final int header;
        private final int[] values = new int[6];
        private final int[] masks = new int[6];
        private final int commandBefore;
        private int command;

        Registers(Input input) {
            super(256, input);
            this.input = input;
            int character = input.u8();
            liar = (character & 3) == 3;
            header = (character & 0xfc) == 0xfc ? input.u8() : character & 0x80;
            commandBefore = input.u8();
            command = commandBefore;
            boolean upper = false;
            for (int i = 0; i < 6; i++) {
                int kind = input.below(8);
                masks[i] = kind == 0 ? 0 : kind == 1 ? input.i32() : -1 << input.between(4, 31);
                int type = upper ? 0 : input.pick(List.of(0, 4, 8, 12, 1, 2, 6, 3));
                masks[i] &= upper ? -1 : ~15;
                values[i] = masks[i] == 0 && !upper ? 0 : (input.i32() & masks[i]) | type;
                upper = !upper && (values[i] & 7) == 4;
            }
        }

        long size(PciBar bar) {
            long mask = masks[bar.index()] & 0xffff_ffffL;
            if (bar.kind() == PciBar.Kind.MEMORY_64) {
                mask |= (long) masks[bar.index() + 1] << 32;
            }
            return Long.lowestOneBit(mask);
        }

        @Override
        protected int read(long offset, int width) {
            if (liar && input.flag()) {
                return input.i32();
            }
            if (offset == COMMAND) {
                return command;
            }
            if (offset == HEADER_TYPE) {
                return header;
            }
            if (width != 4 || offset < FIRST || offset >= FIRST + 24) {
                throw new AssertionError("a probe reads 0x%x".formatted(offset));
            }
            return values[(int) (offset - FIRST) / 4];
        }

        @Override
        protected void write(long offset, int width, int value) {
            if (offset == COMMAND && width == 2) {
                command = value & 0xffff;
                return;
            }
            if (width != 4 || offset < FIRST || offset >= FIRST + 24) {
                throw new AssertionError("a probe writes 0x%x".formatted(offset));
            }
            int index = (int) (offset - FIRST) / 4;
            Must.hold((command & 3) == 0 || liar || value == values[index], "it decodes meanwhile");
            values[index] = (values[index] & ~masks[index]) | (value & masks[index]);
        }
    }
}
