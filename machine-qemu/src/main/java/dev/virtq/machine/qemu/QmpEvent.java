package dev.virtq.machine.qemu;

import tools.jackson.databind.JsonNode;

/**
 * Something that QEMU reported by itself.
 *
 * @param name the event's name, such as {@code SHUTDOWN} or {@code NIC_RX_FILTER_CHANGED}
 * @param data what QEMU said about it; an empty object where it said nothing
 */
public record QmpEvent(String name, JsonNode data) {}
