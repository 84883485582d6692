package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Json;
import dev.virtq.cli.session.Session;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** A command on the machine of a session. It answers for people, or as one JSON document. */
abstract class SessionCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--json", description = "Answer with one JSON document.")
    private boolean json;

    SessionCommand(Session session) {
        this.session = session;
    }

    /** {@return what the command has to say, once it has done its work} */
    abstract Answer answer() throws Exception;

    @Override
    public final Integer call() throws Exception {
        boolean before = session.answersInJson();
        session.answerInJson(before || json);
        try {
            Answer answer = answer();
            Console console = session.console();
            if (session.answersInJson()) {
                console.line(Json.document(answer));
            } else {
                answer.print(console);
                console.out().flush();
            }
            return answer.exitStatus();
        } finally {
            session.answerInJson(before);
        }
    }

    final Session session() {
        return session;
    }

    /** Shows people how far the command has come; programs wait for the answer. */
    final void show(String line) {
        if (!session.answersInJson()) {
            session.console().line(line);
        }
    }
}
