package dev.virtq.cli.network;

/** Nobody answered in time, however often the question was asked. */
public final class NoAnswerException extends NetworkException {
    private static final long serialVersionUID = 1L;

    NoAnswerException(String message) {
        super(message);
    }
}
