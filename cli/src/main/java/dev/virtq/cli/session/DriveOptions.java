package dev.virtq.cli.session;

import dev.virtq.cli.value.CommandException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import dev.virtq.queue.QueueOptions;
import java.util.stream.Collectors;

/**
 * How a device is brought up, whoever drives it.
 *
 * @param queues how its queues are set up
 * @param wanted features that the device shall offer and the driver take
 * @param refused features that the driver does not take, although offered and served
 */
public record DriveOptions(QueueOptions queues, FeatureSet wanted, FeatureSet refused) {
    /** What a device gets when nobody says otherwise. */
    public static final DriveOptions DEFAULT =
            new DriveOptions(QueueOptions.DEFAULT, FeatureSet.EMPTY, FeatureSet.EMPTY);

    /**
     * Looks whether what is wanted has come about.
     *
     * @param name of the device
     * @param device with its features settled
     * @throws CommandException when a feature that is wanted was not offered, or not accepted
     */
    void check(String name, VirtioDevice device) {
        FeatureSet notOffered = wanted.minus(device.offeredFeatures());
        if (!notOffered.isEmpty()) {
            throw new CommandException(
                    "%s does not offer %s (expected, as it was asked for with an option)"
                            .formatted(name, names(device, notOffered)));
        }
        FeatureSet notAccepted = wanted.minus(device.acceptedFeatures());
        if (!notAccepted.isEmpty()) {
            throw new CommandException(
                    "%s offers %s as asked, and virtq does not serve it there; leave it out"
                            .formatted(name, names(device, notAccepted)));
        }
    }

    private static String names(VirtioDevice device, FeatureSet features) {
        FeatureNames names = new FeatureNames(device.type());
        return features.bits().mapToObj(names::name).collect(Collectors.joining(", "));
    }
}
