/** A program that picks four of virtq's modules. */
module dev.virtq.examples.firstframe {
    requires dev.virtq.api;
    requires dev.virtq.drivers.net;
    requires dev.virtq.machine.sim;
    requires dev.virtq.split; // nothing here names it: it is found by ServiceLoader
}
