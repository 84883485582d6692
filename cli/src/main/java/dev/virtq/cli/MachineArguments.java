package dev.virtq.cli;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.DriveOptions;
import dev.virtq.cli.session.MachineChoice;
import dev.virtq.cli.value.ByteCount;
import dev.virtq.cli.value.CommandException;
import dev.virtq.cli.value.InterruptModes;
import dev.virtq.cli.value.TimeSpan;
import dev.virtq.machine.InterruptMode;
import dev.virtq.machine.MachineOptions;
import dev.virtq.queue.QueueOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * What stands before and among all commands on the command line: which machine, and what it is
 * like.
 */
@Command(
        name = "virtq",
        description = {
            "Looks at virtqueues, and drives them on real devices.",
            "",
            "Without --machine, the best that this computer can start is taken:",
            "QEMU in a container, else a local QEMU, else a machine in this process."
        },
        customSynopsis = "virtq [OPTIONS] COMMAND",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions, before or after the command:%n",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  virtq shell",
            "  virtq exec 'net ping 10.0.2.2 -c 5'",
            "  virtq --machine sim queue 0",
            "  virtq --machine vhost-user:/run/fs.sock,type=fs queues"
        })
final class MachineArguments implements Runnable {
    @Option(
            names = "--machine",
            paramLabel = "MACHINE",
            scope = ScopeType.INHERIT,
            description = {
                "qemu (in a container), qemu-local, sim (in this process), or a back end that runs:",
                "vhost-user:SOCKET, with ,type=fs or ,type=blk behind it unless it is a net device;",
                "with ,listen it is the back end that connects to SOCKET;",
                "or a function of this computer that no driver has: host:0000:00:03.0."
            })
    private @Nullable String machine;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = ByteCount.Converter.class,
            scope = ScopeType.INHERIT,
            description = "RAM, as in 256M (default: 64M).")
    private @Nullable Long memory;

    @Option(
            names = "--queue-size",
            paramLabel = "N",
            scope = ScopeType.INHERIT,
            description = "Entries of each queue, at most (a power of two unless packed).")
    private @Nullable Integer queueSize;

    @Mixin private final FeatureArguments features = new FeatureArguments();

    @Option(
            names = "--tftp",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "A folder that the network of the machine serves by TFTP.")
    private @Nullable Path tftp;

    @Option(
            names = "--boot-file",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "The boot file that its DHCP server names.")
    private @Nullable String bootFile;

    @Option(
            names = "--share",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "A folder that the machine shares as a file system (virtio-fs).")
    private @Nullable Path share;

    @Option(
            names = "--machine-type",
            paramLabel = "TYPE",
            scope = ScopeType.INHERIT,
            description = "What kind of machine QEMU makes: q35 (the default), microvm or virt.")
    private @Nullable String machineType;

    @Option(
            names = "--transport",
            paramLabel = "WAY",
            scope = ScopeType.INHERIT,
            description = "How its devices are reached: pci (q35) or mmio (microvm, virt).")
    private @Nullable String transport;

    @Option(
            names = "--interrupts",
            paramLabel = "MODE",
            converter = InterruptModes.class,
            completionCandidates = InterruptModes.class,
            scope = ScopeType.INHERIT,
            description = {
                "How its devices get a waiting thread's attention: msix (the default over PCI),",
                "intx (an interrupt line), or poll (their status is looked at now and then)."
            })
    private @Nullable InterruptMode interrupts;

    @Option(
            names = "--spin",
            paramLabel = "TIME",
            converter = TimeSpan.Converter.class,
            scope = ScopeType.INHERIT,
            description = {
                "How long a wait looks at the ring before it asks for an interrupt (default: 100us);",
                "0s asks at once, and longer than any wait never does."
            })
    private @Nullable Duration spin;

    @Option(
            names = "--qemu-arg",
            paramLabel = "ARG",
            scope = ScopeType.INHERIT,
            description = "An argument for QEMU, written --qemu-arg=ARG; again for more.")
    private List<String> qemuArguments = new ArrayList<>();

    @Option(
            names = "--qemu-binary",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The QEMU to start for qemu-local.")
    private @Nullable String qemuBinary;

    @Option(
            names = "--image",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "The container image for qemu (default: one is built).")
    private @Nullable String image;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show where in the program an error comes from.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show what the command does, and its options.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    private final Console console;
    private final MachineChoice choice;

    MachineArguments(Console console, MachineChoice choice) {
        this.console = console;
        this.choice = choice;
    }

    boolean isVerbose() {
        return verbose;
    }

    /**
     * Starts the machine; when nobody chose it, says which it is and why. Says what it waits for.
     */
    MachineChoice.Started start() {
        MachineChoice.Started started = choice.start(Optional.ofNullable(machine), options());
        if (machine == null) {
            console.remark("machine %s: %s".formatted(started.machine().kind(), started.reason()));
        }
        started.machine().awaited().ifPresent(what -> console.remark("waiting for " + what));
        return started;
    }

    /** {@return how devices are brought up} */
    DriveOptions driveOptions() {
        QueueOptions queues = QueueOptions.DEFAULT;
        if (queueSize != null) {
            queues = queues.withSize(checkedQueueSize(queueSize));
        }
        if (spin != null) {
            queues = queues.withSpin(spin);
        }
        return new DriveOptions(queues, features.wanted(), features.refused());
    }

    private MachineOptions options() {
        Path folder = tftp;
        if (folder != null && !Files.isDirectory(folder)) {
            throw new CommandException("--tftp %s: there is no such folder".formatted(folder));
        }
        MachineOptions options =
                MachineOptions.DEFAULT.offering(features.wanted()).withQemuArguments(qemuArguments);
        options = with(options, memory, MachineOptions::withMemory);
        options =
                with(
                        options,
                        queueSize == null ? null : checkedQueueSize(queueSize),
                        MachineOptions::withQueueSize);
        options =
                with(
                        options,
                        folder == null ? null : folder.toAbsolutePath(),
                        MachineOptions::withTftp);
        options = with(options, bootFile, MachineOptions::withBootFile);
        options =
                with(
                        options,
                        share == null ? null : checkedShare(share),
                        MachineOptions::withShare);
        options = with(options, machineType, MachineOptions::withMachineType);
        options = with(options, transport, MachineOptions::withTransport);
        options = with(options, interrupts, MachineOptions::withInterrupts);
        options = with(options, qemuBinary, MachineOptions::withQemuBinary);
        return with(options, image, MachineOptions::withImage);
    }

    private static Path checkedShare(Path folder) {
        if (!Files.exists(folder)) {
            throw new CommandException("--share %s: there is no such folder".formatted(folder));
        }
        if (!Files.isDirectory(folder)) {
            throw new CommandException(
                    "--share %s: is no folder (expected: one, whose files are shared)"
                            .formatted(folder));
        }
        return folder;
    }

    private static <T> MachineOptions with(
            MachineOptions options,
            @Nullable T choice,
            BiFunction<MachineOptions, T, MachineOptions> wither) {
        return choice == null ? options : wither.apply(options, choice);
    }

    private int checkedQueueSize(int size) {
        boolean packed = features.isPacked();
        if (size < 1 || size > 32768 || (!packed && Integer.bitCount(size) != 1)) {
            throw new CommandException(
                    "--queue-size %d (expected: %s)"
                            .formatted(
                                    size,
                                    packed
                                            ? "1..32768"
                                            : "a power of two, 1..32768; or any number of them with --packed"));
        }
        return size;
    }

    @Override
    public void run() {
        throw new CommandException(
                "what shall be done? ('virtq shell' starts the shell, 'virtq help' lists the commands)");
    }
}
