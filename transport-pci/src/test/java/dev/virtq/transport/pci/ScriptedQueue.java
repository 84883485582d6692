package dev.virtq.transport.pci;

/** What a scripted device has for one queue. Tests set the fields as they like. */
final class ScriptedQueue {
    final int max;
    int size;
    int vector = 0xffff;
    int enable;
    int notifyOff;
    int notifConfigData;
    int reset;
    final int[] addresses = new int[6]; // three areas, in halves
    int generation; // how often it was enabled

    ScriptedQueue(int max, int notifyOff) {
        this.max = max;
        this.size = max;
        this.notifyOff = notifyOff;
        this.notifConfigData = 0x100 + notifyOff;
    }

    long address(int area) {
        return (addresses[2 * area] & 0xffff_ffffL) | (long) addresses[2 * area + 1] << 32;
    }

    void clear() {
        size = max;
        vector = 0xffff;
        enable = 0;
        reset = 0;
    }
}
