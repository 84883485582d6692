package dev.virtq.proof.worlds;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;

/** What the explorer has to know of a ring format to tell its states apart, and to name them. */
interface RingKind {
    /** {@return the format's name} */
    String name();

    /** {@return the class that makes both ends} */
    String formatClass();

    /** {@return the features that choose the format} */
    FeatureSet chosenBy();

    /** {@return whether a field, as {@code Type.name}, means nothing between two operations} */
    boolean isScratch(String field);

    /** {@return whether a field counts entries for ever, so that only differences matter} */
    boolean isCounter(String field);

    /** {@return the driver's counter that a state's other counters are told from; or nothing} */
    String baseCounter();

    /** {@return whether a counter's low 16 bits stand at that device address} */
    boolean isIndex(QueueSetup setup, FeatureSet features, long address);

    /**
     * {@return the counter of the side that reads an event index: only an event index that is not
     * behind it makes a difference; empty when no event index stands at that device address}
     */
    String judgeOf(QueueSetup setup, FeatureSet features, long address);

    /** Clears what is left over in a side's own memory, and means nothing any more. */
    void tidy(FieldNumbers numbers);

    /** {@return what the device stores of a used chain, with another id} */
    long withOtherId(long stored, int size);

    /** {@return whether there are entries to be over and done with} */
    boolean hasEntries();

    /**
     * {@return the device address of what nobody may read any more, once the device has taken an
     * entry; 0 for nothing}
     *
     * @param position counts the entries
     */
    long overAfterTake(QueueSetup setup, int position);

    /** {@return the same, once the driver has polled an entry} */
    long overAfterPoll(QueueSetup setup, int position);

    /** {@return what is at a device address; empty when it is not in the ring} */
    String nameOf(QueueSetup setup, long address);
}
