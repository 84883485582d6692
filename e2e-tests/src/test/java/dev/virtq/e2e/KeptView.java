package dev.virtq.e2e;

import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.memory.DmaBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Keeps a view of a machine's memory, closes the machine, and looks. Run in a JVM of its own. */
final class KeptView {
    private KeptView() {}

    public static void main(String[] arguments) {
        DmaBuffer buffer;
        MemorySegment view;
        MemorySegment trusted;
        try (Machine machine = Machines.require(arguments[0]).start(MachineOptions.DEFAULT)) {
            buffer = machine.memory().allocate(4096);
            buffer.setByte(0, (byte) 42);
            view = buffer.view();
            trusted = buffer.trusted();
        }
        System.gc();
        System.out.println("trusted: " + trusted.get(ValueLayout.JAVA_BYTE, 0));
        try {
            System.out.println("view: " + view.get(ValueLayout.JAVA_BYTE, 0));
        } catch (IllegalStateException e) {
            System.out.println("view: " + e.getClass().getSimpleName());
        }
        try {
            System.out.println("accessor: " + buffer.byteAt(0));
        } catch (IllegalStateException e) {
            System.out.println("accessor: " + e.getClass().getSimpleName());
        }
    }
}
