package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Driver;
import dev.virtq.cli.session.FeatureNames;
import dev.virtq.cli.session.Session;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code features}: what the device offers, and what the driver took (virtio 1.4, section 2.2). */
@Command(
        name = "features",
        description = "The feature bits: offered, accepted, and what each requires.")
final class FeaturesCommand extends SessionCommand {
    FeaturesCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        VirtioDevice device = drive.device();
        FeatureNames names = new FeatureNames(device.type());
        FeatureSet offered = device.offeredFeatures();
        FeatureSet accepted = device.acceptedFeatures();
        FeatureSet refused = drive.refused().intersection(offered);
        return new Features(
                drive.attached().name(),
                drive.driver(),
                offered.union(accepted)
                        .bits()
                        .mapToObj(bit -> row(bit, names, offered, accepted, refused))
                        .toList());
    }

    private static Row row(
            int bit,
            FeatureNames names,
            FeatureSet offered,
            FeatureSet accepted,
            FeatureSet refused) {
        List<List<String>> requirements =
                names.of(bit).map(Feature::requirements).orElse(List.of()).stream()
                        .map(anyOf -> anyOf.stream().map(Feature::name).toList())
                        .toList();
        return new Row(
                bit,
                names.of(bit).map(Feature::name).orElse(""),
                offered.containsBit(bit),
                accepted.containsBit(bit),
                refused.containsBit(bit),
                requirements);
    }

    record Features(String device, Driver driver, List<Row> features) implements Answer {
        @Override
        public void print(Console console) {
            long accepted = features.stream().filter(Row::accepted).count();
            long refused = features.stream().filter(Row::refused).count();
            console.line(
                    "%s offers %d features; %s accepted %d%s"
                            .formatted(
                                    device,
                                    features.size(),
                                    driver,
                                    accepted,
                                    refused == 0
                                            ? ""
                                            : ", and refused %d as it was told"
                                                    .formatted(refused)));
            Table table = new Table(">bit", "feature", "accepted", "requires");
            for (Row row : features) {
                table.row(
                        row.bit,
                        row.name.isEmpty() ? "(no name here)" : row.name,
                        new Table.Cell(row.answer(), text -> row.styled(console, text)),
                        row.requirements.stream()
                                .map(anyOf -> String.join(" or ", anyOf))
                                .collect(Collectors.joining(", ")));
            }
            table.print(console);
        }
    }

    record Row(
            int bit,
            String name,
            boolean offered,
            boolean accepted,
            boolean refused,
            List<List<String>> requirements) {
        private String answer() {
            return accepted ? "yes" : refused ? "refused" : "-";
        }

        private String styled(Console console, String text) {
            return accepted
                    ? console.styled(Style.GOOD, text)
                    : refused ? console.styled(Style.BAD, text) : text;
        }
    }
}
