package dev.virtq.machine.container;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a Docker engine says when it refuses something, for people. */
final class EngineFailure {
    /** docker-java puts the engine's JSON in the message as it is. */
    private static final Pattern MESSAGE =
            Pattern.compile("\"message\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    private EngineFailure() {}

    /** The innermost message of a failure, in one line. */
    static String oneLine(Throwable failure) {
        Throwable innermost = failure;
        for (int depth = 0; innermost.getCause() != null && depth < 20; depth++) {
            innermost = innermost.getCause();
        }
        String message = innermost.getMessage();
        if (message == null || message.isBlank()) {
            return innermost.getClass().getSimpleName();
        }
        Matcher json = MESSAGE.matcher(message);
        String text =
                json.find() ? json.group(1).replace("\\n", "; ").replace("\\\"", "\"") : message;
        return text.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
