package dev.virtq.machine.sim.device;

import dev.virtq.memory.RegionMemory;
import dev.virtq.transport.vhostuser.posix.PageWindow;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The DAX window of a simulated device, in which files of this computer are mapped. */
final class WindowMemory extends RegionMemory {
    private final PageWindow window;

    WindowMemory(PageWindow window) {
        super(window.memory());
        this.window = window;
    }

    @Override
    public MemorySegment map(
            long offset, long length, boolean write, Arena arena, Runnable whenGone)
            throws IOException {
        return window.map(offset, length, write, arena, whenGone);
    }
}
