package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import java.util.List;
import picocli.CommandLine;

/** The commands on a session, to be put under a root. */
public final class SessionCommands {
    private SessionCommands() {}

    /**
     * Puts the commands under a root.
     *
     * @param root what is typed before them: {@code virtq}, or nothing in the shell
     * @param session what they work on
     */
    public static void addTo(CommandLine root, Session session) {
        List<Object> commands =
                List.of(
                        new MachineCommand(session),
                        new DevicesCommand(session),
                        new DeviceCommand(session),
                        new UseCommand(session),
                        new FeaturesCommand(session),
                        new StatusCommand(session),
                        new ConfigCommand(session),
                        new RegsCommand(session),
                        new IrqCommand(session),
                        new ResetCommand(session),
                        new ReconnectCommand(session),
                        new QueuesCommand(session),
                        new QueueCommand(session),
                        new MemCommand(session),
                        new PciCommand(session),
                        new NetCommand(session),
                        new FsCommand(session));
        commands.forEach(command -> root.addSubcommand(tree(command)));
    }

    private static CommandLine tree(Object command) {
        CommandLine line = new CommandLine(command);
        List<Object> members =
                switch (command) {
                    case CommandGroup group -> group.members();
                    case QueueCommand queue -> queue.verbs();
                    default -> List.of();
                };
        members.forEach(member -> line.addSubcommand(tree(member)));
        return line;
    }
}
