package dev.virtq.machine.qemu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A device in the words of QMP, which adds it to a machine that runs; on the command line it is the
 * same in other words.
 */
final class QmpDevice {
    /** Networks that QEMU itself is an end of. */
    private static final Set<String> NETWORKS_IN_QEMU =
            Set.of("user", "hubport", "socket", "stream", "dgram");

    private final String id;
    private final String model;
    private final Map<String, String> options;
    private final @Nullable Map<String, String> network;

    private QmpDevice(
            String id,
            String model,
            Map<String, String> options,
            @Nullable Map<String, String> network) {
        this.id = id;
        this.model = model;
        this.options = options;
        this.network = network;
    }

    /**
     * Translates a device.
     *
     * @param device what it is
     * @param index its number in its machine
     * @param port the id of the port that it is put into
     * @throws IllegalArgumentException when it cannot be added to a machine that runs
     */
    static QmpDevice of(QemuDevice device, int index, String port) {
        List<String> words = device.arguments(index, DeviceBus.PCI);
        Map<String, String> options = null;
        Map<String, String> network = null;
        for (int i = 0; i + 1 < words.size(); i += 2) {
            switch (words.get(i)) {
                case "-device" -> options = once(options, "driver", words.get(i + 1));
                case "-netdev" -> network = once(network, "type", words.get(i + 1));
                default ->
                        throw new IllegalArgumentException(
                                "a device with QEMU's option %s is there from the start or not at all (expected: one of -device and -netdev alone)"
                                        .formatted(words.get(i)));
            }
        }
        if (options == null) {
            throw new IllegalArgumentException(
                    "%s is no device that can be plugged in".formatted(device));
        }
        for (String placed : List.of("id", "bus", "addr")) {
            if (options.containsKey(placed)) {
                throw new IllegalArgumentException(
                        "a device that is plugged in gets its %s from the machine, not from an option '%s=%s'"
                                .formatted(
                                        placed.equals("id") ? "id" : "place",
                                        placed,
                                        options.get(placed)));
            }
        }
        String id = "plugged" + index;
        String model = String.valueOf(options.remove("driver"));
        options.put("id", id);
        options.put("bus", port);
        return new QmpDevice(id, model, options, network);
    }

    /** {@return its id in QEMU} */
    String id() {
        return id;
    }

    /** {@return the id of the network behind it} */
    Optional<String> network() {
        return Optional.ofNullable(network).map(options -> options.get("id"));
    }

    /** {@return whether it is known that QEMU's main loop alone works on its queues} */
    boolean worksInQemu() {
        return !options.containsKey("chardev")
                && !options.containsKey("iothread")
                && (network == null || NETWORKS_IN_QEMU.contains(network.getOrDefault("type", "")));
    }

    /**
     * Adds it to the machine.
     *
     * @throws QmpErrorException when QEMU refuses it; nothing of it is left then
     */
    void add(QmpClient qmp) {
        Map<String, Object> typed = typed(qmp);
        if (network != null) {
            qmp.execute("netdev_add", network);
        }
        try {
            qmp.execute("device_add", typed);
        } catch (RuntimeException refused) {
            try {
                removeNetwork(qmp);
            } catch (RuntimeException alsoRefused) {
                refused.addSuppressed(alsoRefused);
            }
            throw refused;
        }
    }

    /** Removes the network behind it, once the device itself is gone. */
    void removeNetwork(QmpClient qmp) {
        Optional<String> left = network();
        if (left.isPresent()) {
            qmp.execute("netdev_del", Map.of("id", left.get()));
        }
    }

    @Override
    public String toString() {
        return model + " " + options + (network == null ? "" : " on " + network);
    }

    /** On the command line all options are texts; here QEMU wants what they mean. */
    private Map<String, Object> typed(QmpClient qmp) {
        Map<String, String> types = new LinkedHashMap<>();
        for (JsonNode property : qmp.execute("device-list-properties", Map.of("typename", model))) {
            types.put(
                    property.path("name").asString(""), property.path("type").asString("unknown"));
        }
        Map<String, Object> typed = new LinkedHashMap<>();
        typed.put("driver", model);
        options.forEach(
                (name, text) -> typed.put(name, value(text, types.getOrDefault(name, "str"))));
        return typed;
    }

    private static Object value(String text, String type) {
        if (type.equals("bool")) {
            return switch (text) {
                case "on", "yes", "true" -> true;
                case "off", "no", "false" -> false;
                default -> text;
            };
        }
        if (type.matches("u?int\\d*|size")) {
            try {
                return Long.decode(text);
            } catch (NumberFormatException notPlain) {
                return text; // QEMU says what is wrong with it
            }
        }
        return text;
    }

    private static Map<String, String> once(
            @Nullable Map<String, String> already, String first, String option) {
        if (already != null) {
            throw new IllegalArgumentException(
                    "devices are plugged in one at a time (got another one: '%s')"
                            .formatted(option));
        }
        return parse(first, option);
    }

    /** A comma ends an option, two stand for one. */
    private static Map<String, String> parse(String first, String text) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ',') {
                part.append(c);
            } else if (i + 1 < text.length() && text.charAt(i + 1) == ',') {
                part.append(c);
                i++;
            } else {
                parts.add(part.toString());
                part.setLength(0);
            }
        }
        parts.add(part.toString());
        Map<String, String> options = new LinkedHashMap<>();
        options.put(first, parts.getFirst());
        for (String option : parts.subList(1, parts.size())) {
            int equals = option.indexOf('=');
            options.put(
                    equals < 0 ? option : option.substring(0, equals),
                    equals < 0 ? "on" : option.substring(equals + 1));
        }
        return options;
    }
}
