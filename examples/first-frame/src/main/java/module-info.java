/** A user's module. */
module dev.virtq.examples.firstframe {
    requires dev.virtq.api;
}
