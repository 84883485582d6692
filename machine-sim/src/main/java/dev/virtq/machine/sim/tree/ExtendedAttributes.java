package dev.virtq.machine.sim.tree;

import java.util.List;

/** The extended attributes of a file: names and values, of which the names are bytes. */
public interface ExtendedAttributes {
    /**
     * {@return the names, one char for each byte}
     *
     * @throws FileError when they cannot be read
     */
    List<String> names() throws FileError;

    /**
     * {@return a value}
     *
     * @param name its name, one char for each byte
     * @throws FileError ENODATA when there is none
     */
    byte[] get(String name) throws FileError;

    /**
     * Sets a value.
     *
     * @param name its name, one char for each byte
     * @param value what it becomes
     * @throws FileError when that cannot be
     */
    void set(String name, byte[] value) throws FileError;

    /**
     * Takes an attribute away.
     *
     * @param name its name, one char for each byte
     * @throws FileError ENODATA when there is none
     */
    void remove(String name) throws FileError;
}
