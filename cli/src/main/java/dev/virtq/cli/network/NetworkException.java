package dev.virtq.cli.network;

/**
 * Something on the network went wrong: a peer refused, broke its protocol, or kept silent. The
 * message is one line that can be shown to a user as it is.
 */
public class NetworkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message what was wrong and what was expected
     */
    public NetworkException(String message) {
        super(message);
    }
}
