package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceType;
import java.nio.file.Path;

/**
 * Where a back end is met, and what it is, in a user's words.
 *
 * @param socket where
 * @param type what kind of device it is
 * @param listen whether this side is the one that listens
 */
record BackEndLocation(Path socket, DeviceType type, boolean listen) {
    private static final String TYPE = "type=";
    private static final String LISTEN = "listen";

    /**
     * {@return what the words say} The socket's path may have commas in it: what is read as an
     * option is what looks like one, from the end.
     *
     * @param words a path, and options behind commas
     * @param syntax what they should look like
     * @throws IllegalArgumentException when they do not
     */
    static BackEndLocation parse(String words, String syntax) {
        String path = words;
        DeviceType type = null;
        boolean listen = false;
        while (true) {
            int comma = path.lastIndexOf(',');
            String option = path.substring(comma + 1);
            if (comma < 0 || !(option.startsWith(TYPE) || option.equals(LISTEN))) {
                break;
            }
            if (option.equals(LISTEN) ? listen : type != null) {
                throw new IllegalArgumentException(
                        "'%s' says twice what may be said once (expected: %s)"
                                .formatted(words, syntax));
            }
            if (option.equals(LISTEN)) {
                listen = true;
            } else {
                type = typeNamed(option.substring(TYPE.length()));
            }
            path = path.substring(0, comma);
        }
        if (path.isEmpty()) {
            throw new IllegalArgumentException(
                    "'%s' names no socket (expected: %s)".formatted(words, syntax));
        }
        return new BackEndLocation(Path.of(path), type == null ? DeviceType.NETWORK : type, listen);
    }

    private static DeviceType typeNamed(String name) {
        return DeviceType.named(name)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "there is no device type '%s' (expected: net, fs, blk, ...)"
                                        .formatted(name)));
    }
}
