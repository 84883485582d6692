package dev.virtq.machine.qemu;

/** The ports of an x86 machine, over qtest. */
public final class QtestPorts {
    private final QtestClient client;
    private final QtestLink link;
    private final QtestLine line;

    QtestPorts(QtestClient client, QtestLink link, QtestLine line) {
        this.client = client;
        this.link = link;
        this.line = line;
    }

    /**
     * Reads from an x86 port.
     *
     * @param port 0 to 0xffff
     * @param width 1, 2 or 4 bytes
     * @return the value's bits
     */
    public int in(int port, int width) {
        QtestArguments.checkPort(port, width);
        byte[] verb = width == 1 ? QtestVerb.INB : width == 2 ? QtestVerb.INW : QtestVerb.INL;
        link.enter();
        try {
            return (int) client.value(line.start(verb).hex(port), width);
        } finally {
            link.leave();
        }
    }

    /**
     * Writes to an x86 port and waits until it is done.
     *
     * @param port 0 to 0xffff
     * @param width 1, 2 or 4 bytes
     * @param value the value's bits; no more of them than the width has
     */
    public void out(int port, int width, int value) {
        out(port, width, value, false);
    }

    /**
     * Sends a write to an x86 port and does not wait for it.
     *
     * @param port 0 to 0xffff
     * @param width 1, 2 or 4 bytes
     * @param value the value's bits; no more of them than the width has
     */
    public void post(int port, int width, int value) {
        out(port, width, value, true);
    }

    private void out(int port, int width, int value, boolean posted) {
        QtestArguments.checkPort(port, width);
        long bits = width == 4 ? value & 0xffff_ffffL : value;
        QtestArguments.checkValue(bits, width);
        byte[] verb = width == 1 ? QtestVerb.OUTB : width == 2 ? QtestVerb.OUTW : QtestVerb.OUTL;
        link.enter();
        try {
            line.start(verb).hex(port).hex(bits);
            if (posted) {
                link.post(line);
            } else {
                link.exchange(line);
            }
        } finally {
            link.leave();
        }
    }
}
