package dev.virtq.machine.qemu;

import dev.virtq.transport.InterruptLine;

/** An interrupt line that QEMU reports over qtest. Any number of devices may share it, and wait. */
final class QtestInterruptLine implements InterruptLine {
    private final QtestClient qtest;
    private final int number;

    QtestInterruptLine(QtestClient qtest, int number) {
        this.qtest = qtest;
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public long rises() {
        return qtest.interrupts().rises(number) & 0xffff_ffffL;
    }

    @Override
    public boolean isRaised() {
        QtestInterrupts reported = qtest.interrupts();
        if (reported.isRaised(number)) {
            return true;
        }
        qtest.listen();
        return reported.isRaised(number);
    }

    @Override
    public boolean await(long nanos) throws InterruptedException {
        return qtest.awaitReport(() -> qtest.interrupts().isRaised(number), nanos);
    }

    @Override
    public String toString() {
        return "line " + number;
    }
}
