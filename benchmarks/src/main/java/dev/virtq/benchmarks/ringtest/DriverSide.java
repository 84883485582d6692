package dev.virtq.benchmarks.ringtest;

/** What the driver does for a round trip. */
interface DriverSide {
    /** Puts one of the transfers that are not outstanding into the ring. */
    void send();

    /** Shows the device what was put into the ring. */
    void publish();

    /** {@return whether a transfer came back} */
    boolean takeBack();
}
