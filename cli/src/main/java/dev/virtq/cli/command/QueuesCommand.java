package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Driver;
import dev.virtq.cli.session.QueueNames;
import dev.virtq.cli.session.Session;
import dev.virtq.device.VirtioDevice;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.Virtqueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code queues}: the queues of the device, one line each. */
@Command(name = "queues", description = "The queues of the device, one line each.")
final class QueuesCommand extends SessionCommand {
    QueuesCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        VirtioDevice device = drive.device();
        QueueNames names = drive.queueNames();
        List<Row> rows = new ArrayList<>();
        for (int index = 0; index < device.queueCount(); index++) {
            rows.add(row(device, index, names.of(index)));
        }
        return new Queues(drive.attached().name(), drive.driver(), rows);
    }

    private static Row row(VirtioDevice device, int index, String name) {
        int largest = device.transport().maxQueueSize(index);
        Optional<Virtqueue> queue =
                device.queues().stream().filter(q -> q.index() == index).findFirst();
        if (queue.isEmpty()) {
            return new Row(
                    index,
                    name,
                    largest,
                    false,
                    Optional.empty(),
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    Optional.empty(),
                    Optional.empty());
        }
        QueueSnapshot picture = queue.get().snapshot();
        return new Row(
                index,
                name,
                largest,
                true,
                Optional.of(picture.format()),
                picture.size(),
                Owners.slots(picture, QueueSnapshot.Owner.FREE),
                Owners.chains(picture, QueueSnapshot.Owner.DEVICE),
                Owners.chains(picture, QueueSnapshot.Owner.USED),
                picture.indices().available(),
                picture.indices().used(),
                picture.indices().driverWrap(),
                picture.indices().deviceWrap());
    }

    record Queues(String device, Driver driver, List<Row> queues) implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s is driven by %s".formatted(device, driver));
            Table table =
                    new Table(
                            ">queue",
                            "name",
                            "format",
                            ">size",
                            ">largest",
                            ">free",
                            ">device",
                            ">used",
                            ">avail idx",
                            ">used idx");
            for (Row row : queues) {
                if (row.enabled) {
                    table.row(
                            row.index,
                            row.name,
                            row.format.orElse(""),
                            row.size,
                            row.largestSize,
                            row.freeSlots,
                            row.withDevice,
                            row.usedNotTaken,
                            place(row.available, row.driverWrap),
                            place(row.used, row.deviceWrap));
                } else {
                    table.row(
                            row.index,
                            row.name,
                            "not set up",
                            "",
                            row.largestSize,
                            "",
                            "",
                            "",
                            "",
                            "");
                }
            }
            table.print(console);
        }

        /** An index in a split ring; a slot and a wrap counter in a packed one. */
        private static String place(int index, Optional<Boolean> wrap) {
            return index + wrap.map(counter -> counter ? " wrap 1" : " wrap 0").orElse("");
        }
    }

    record Row(
            int index,
            String name,
            int largestSize,
            boolean enabled,
            Optional<String> format,
            int size,
            long freeSlots,
            long withDevice,
            long usedNotTaken,
            int available,
            int used,
            Optional<Boolean> driverWrap,
            Optional<Boolean> deviceWrap) {}
}
