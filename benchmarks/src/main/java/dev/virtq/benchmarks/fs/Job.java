package dev.virtq.benchmarks.fs;

import java.io.IOException;
import java.util.List;

/** Work that is done in each of the ways, in turn. */
interface Job {
    /** {@return the names of the lines of the table that it gives} */
    List<String> rows();

    /** {@return the unit of its figures} */
    String unit();

    /**
     * Does it, and looks whether it was done.
     *
     * @return a figure for each line; more is better
     */
    List<Double> measure(Way way) throws IOException, InterruptedException;
}
