import org.jspecify.annotations.NullMarked;

/** The commands and the shell of virtq. */
@NullMarked
module dev.virtq.cli {
    requires static org.jspecify;
    requires dev.virtq.api;
    requires dev.virtq.drivers.fs;
    requires dev.virtq.drivers.net;
    requires dev.virtq.machine.host;
    requires dev.virtq.machine.qemu;
    requires dev.virtq.transport.pci;
    requires info.picocli;
    requires java.logging;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires tools.jackson.databind;

    uses dev.virtq.machine.MachineProvider;

    // Picocli sets the fields of commands, Jackson reads the components of their answers.
    opens dev.virtq.cli to
            info.picocli;
    opens dev.virtq.cli.command to
            info.picocli,
            tools.jackson.databind;
    opens dev.virtq.cli.shell to
            info.picocli;
    opens dev.virtq.cli.value to
            info.picocli;
    opens dev.virtq.cli.session to
            info.picocli,
            tools.jackson.databind;
}
