package dev.virtq.cli.network;

/**
 * Bytes that came from the network are not what they claim to be. This is the only exception that a
 * codec of this package throws, whatever it is given to read.
 */
public final class MalformedPacketException extends NetworkException {
    private static final long serialVersionUID = 1L;

    MalformedPacketException(String message) {
        super(message);
    }
}
