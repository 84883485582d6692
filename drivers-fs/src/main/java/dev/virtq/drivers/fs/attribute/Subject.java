package dev.virtq.drivers.fs.attribute;

import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.Share;
import java.io.IOException;

/** The file whose attributes a view shows: found anew for each question. */
public interface Subject {
    /** A question or a change. */
    @FunctionalInterface
    interface Action<T> {
        /**
         * Asks the server.
         *
         * @param share whose
         * @param node the file
         * @return the answer
         * @throws IOException when the server refuses it, or cannot be asked
         */
        T apply(Share share, Node node) throws IOException;
    }

    /**
     * Does something with the file.
     *
     * @param action what
     * @param <T> of the answer
     * @return the answer
     * @throws IOException as {@code java.nio.file} has it
     */
    <T> T with(Action<T> action) throws IOException;

    /**
     * {@return what is known of the file, and when it was made, where the server can tell}
     *
     * @throws IOException as {@code java.nio.file} has it
     */
    FuseAttributes attributes() throws IOException;

    /** {@return the path, for messages} */
    @Override
    String toString();
}
