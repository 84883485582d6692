package dev.virtq.device;

import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A configuration space that changes while it is read. What must hold:
 *
 * <ul>
 *   <li>a field, or several, read consistently are as they were together at one moment, as long as
 *       the device counts its changes; if it does not, they are still fields;
 *   <li>a field outside the space is an {@link IllegalArgumentException}, and is not read;
 *   <li>a device that never holds still is a {@link DeviceFaultException}, after a bounded number
 *       of reads.
 * </ul>
 */
public final class ConfigProgram {
    private static final int MOST_ACCESSES = 64 * 70 + 70;

    private final Input input;
    private final ChangingSpace space;
    private final DeviceConfig config;

    private ConfigProgram(Input input, UnaryOperator<ConfigSpace> planting) {
        this.input = input;
        space = new ChangingSpace(input, input.below(65));
        config = new DeviceConfig(planting.apply(space), () -> {});
    }

    /** Runs a program. */
    public static void run(byte[] bytes, UnaryOperator<ConfigSpace> planting) {
        ConfigProgram program = new ConfigProgram(new Input(bytes), planting);
        for (int i = 0; i < 16 && !program.input.isExhausted(); i++) {
            program.step();
        }
    }

    /** {@return a space whose generation seems never to change} */
    public static ConfigSpace withoutGeneration(ConfigSpace space) {
        return new ForwardingConfigSpace(space) {
            @Override
            public int generation() {
                int _ = super.generation(); // it is read, and not looked at
                return 0;
            }
        };
    }

    /** {@return a configuration space that changes as the input says, for a driver's own config} */
    public static DeviceConfig changing(Input input, int length) {
        ChangingSpace space = new ChangingSpace(input, length);
        space.begin();
        return new DeviceConfig(space, () -> {});
    }

    private void step() {
        int offset = input.between(-2, 70);
        int width = input.pick(List.of(1, 2, 4, 8, 0));
        int length = width == 0 ? input.below(66) : width;
        int alignment = Math.max(1, Math.min(width, 4));
        boolean fits = offset >= 0 && offset % alignment == 0 && offset + length <= space.length();
        if (width == 0 && length == 0) {
            fits = true; // no byte is read
        }
        space.begin();
        try {
            byte[] read = read(width, offset, length);
            Must.hold(fits, "a field outside was read", length, offset, space.length());
            boolean once =
                    length > 0
                            && space.honest
                            && space.states.stream()
                                    .anyMatch(state ->
                                            Arrays.equals(
                                                    Arrays.copyOfRange(
                                                            state, offset, offset + length),
                                                    read));
            Must.hold(length == 0 || !space.honest || once, "a mix of several moments was read");
            Landmarks.reach(space.states.size() > 1 ? "changed meanwhile" : "held still");
        } catch (DeviceFaultException fault) {
            Must.hold(fault.clause().startsWith("2.5"), "another clause", fault);
            Must.hold(fits && space.changes >= 64, "a device that holds still was blamed");
            Landmarks.reach("fault " + fault.clause());
        } catch (IllegalArgumentException e) {
            Must.hold(!fits, "a field was refused that is there", e);
            Landmarks.reach("refused");
        }
        Must.hold(space.accesses <= MOST_ACCESSES, "too many accesses", space.accesses);
    }

    private byte[] read(int width, int offset, int length) {
        long value =
                switch (width) {
                    case 1 -> config.u8(offset);
                    case 2 -> config.u16(offset);
                    case 4 -> config.u32(offset);
                    case 8 -> config.u64(offset);
                    default -> 0;
                };
        if (width == 0) {
            return config.bytes(offset, length).toArray(ValueLayout.JAVA_BYTE);
        }
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (value >>> (8 * i));
        }
        return bytes;
    }

    /** Bytes that change between two accesses, for as long as the input says. */
    private static final class ChangingSpace implements ConfigSpace {
        private final Input input;
        private final byte[] bytes;
        private final boolean honest;
        private final List<byte[]> states = new ArrayList<>();
        private int generation;
        private int restless;
        private int accesses;
        private int changes;

        ChangingSpace(Input input, int length) {
            this.input = input;
            bytes = new byte[length];
            byte[] first = input.bytes(length);
            System.arraycopy(first, 0, bytes, 0, first.length);
            int character = input.u8();
            honest = (character & 1) == 0;
        }

        void begin() {
            restless = input.below(8) == 0 ? 1000 : input.below(12);
            accesses = 0;
            changes = 0;
            states.clear();
            states.add(bytes.clone());
        }

        /** A device that counts honestly counts with each change, and 256 of them are 0 again. */
        private void change() {
            accesses++;
            if (restless > 0 && (restless >= 900 || input.flag())) {
                restless--;
                changes++;
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] += (byte) (1 + (changes & 3)); // no byte as before: a mix shows
                }
                generation = (generation + (honest || input.flag() ? 1 : 0)) & 0xff;
                states.add(bytes.clone());
            }
        }

        @Override
        public int length() {
            return bytes.length;
        }

        @Override
        public int generation() {
            change();
            return generation;
        }

        @Override
        public byte readByte(int offset) {
            byte value = bytes[offset];
            change();
            return value;
        }

        @Override
        public short readShort(int offset) {
            return (short) read(offset, 2);
        }

        @Override
        public int readInt(int offset) {
            return read(offset, 4);
        }

        private int read(int offset, int width) {
            if (offset % width != 0) {
                throw new AssertionError("a field at %d was not aligned".formatted(offset));
            }
            int value = 0;
            for (int i = width - 1; i >= 0; i--) {
                value = (value << 8) | (bytes[offset + i] & 0xff);
            }
            change();
            return value;
        }

        @Override
        public void writeByte(int offset, byte value) {
            throw new AssertionError("a read wrote");
        }

        @Override
        public void writeShort(int offset, short value) {
            throw new AssertionError("a read wrote");
        }

        @Override
        public void writeInt(int offset, int value) {
            throw new AssertionError("a read wrote");
        }
    }
}
