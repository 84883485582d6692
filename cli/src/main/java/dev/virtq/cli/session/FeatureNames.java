package dev.virtq.cli.session;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Feature;
import dev.virtq.drivers.fs.fuse.FileSystemFeature;
import dev.virtq.drivers.net.NetFeature;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The features that have a name, for a device type. */
public final class FeatureNames {
    private final List<Feature> known = new ArrayList<>();

    /**
     * Names the features of a device type.
     *
     * @param type what kind of device it is
     */
    public FeatureNames(DeviceType type) {
        if (type.equals(DeviceType.NETWORK)) {
            known.addAll(List.of(NetFeature.values()));
        } else if (type.equals(DeviceType.BLOCK)) {
            known.addAll(List.of(BlockFeature.values()));
        } else if (type.equals(DeviceType.FILE_SYSTEM)) {
            known.addAll(List.of(FileSystemFeature.values()));
        }
        known.addAll(List.of(CommonFeature.values()));
    }

    /** {@return the features that have a name, whatever the device} */
    static List<Feature> everywhere() {
        return new FeatureNames(DeviceType.NETWORK).known;
    }

    /**
     * {@return the feature of a bit; empty when it has no name here}
     *
     * @param bit 0 to 127
     */
    public Optional<Feature> of(int bit) {
        return known.stream().filter(feature -> feature.bit() == bit).findFirst();
    }

    /**
     * {@return the name of a bit, as in {@code MAC}, or {@code bit 77} when it has none here}
     *
     * @param bit 0 to 127
     */
    public String name(int bit) {
        return of(bit).map(Feature::name).orElse("bit " + bit);
    }
}
