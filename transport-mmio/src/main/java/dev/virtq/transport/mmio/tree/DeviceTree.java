package dev.virtq.transport.mmio.tree;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the virtio devices that a flattened device tree names (virtio 1.4, section 4.2.1): the
 * nodes that are compatible with {@code virtio,mmio}. QEMU writes such a tree with {@code -machine
 * virt,dumpdtb=FILE}, and a Linux system has its own in {@code /sys/firmware/fdt}.
 *
 * <pre>{@code
 * for (DeviceTree.VirtioNode node : DeviceTree.virtioNodes(MemorySegment.ofArray(bytes))) {
 *     System.out.printf("0x%x%n", node.address());
 * }
 * }</pre>
 */
public final class DeviceTree {
    private static final String COMPATIBLE = "virtio,mmio";

    /** Deeper than any real one. */
    private static final int DEEPEST = 64;

    // Devicetree Specification 0.4, section 2.3.5
    private static final int DEFAULT_ADDRESS_CELLS = 2;
    private static final int DEFAULT_SIZE_CELLS = 1;

    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final TreeBlob blob;
    private final List<VirtioNode> found = new ArrayList<>();
    private long at;

    private DeviceTree(TreeBlob blob) {
        this.blob = blob;
        at = blob.start();
    }

    /**
     * A place at which a virtio device may be.
     *
     * @param path of its node, as in {@code /virtio_mmio@a003e00}
     * @param address where its registers start
     * @param size how many bytes they have
     * @param interrupts the cells of its interrupt, as its controller understands them; empty when
     *     it has none
     */
    public record VirtioNode(String path, long address, long size, List<Integer> interrupts) {
        /** Keeps the cells from being changed. */
        public VirtioNode {
            interrupts = List.copyOf(interrupts);
        }
    }

    /** What the children of a node need to know of it. */
    private record Bus(int addressCells, int sizeCells, boolean same) {}

    /**
     * {@return the virtio nodes, in the order of the tree}
     *
     * @param tree its bytes
     * @throws IllegalArgumentException when they are no flattened device tree
     */
    public static List<VirtioNode> virtioNodes(MemorySegment tree) {
        DeviceTree reader = new DeviceTree(new TreeBlob(tree));
        reader.readRoot();
        return List.copyOf(reader.found);
    }

    private void readRoot() {
        int token = nextToken();
        if (token != TreeBlob.BEGIN_NODE) {
            throw TreeBlob.malformed("its first token is %d (expected: a node)".formatted(token));
        }
        readNode("", new Bus(DEFAULT_ADDRESS_CELLS, DEFAULT_SIZE_CELLS, true), 0);
    }

    /** Begins behind the token that begins the node. */
    private void readNode(String parent, Bus bus, int depth) {
        if (depth > DEEPEST) {
            throw TreeBlob.malformed("its nodes are nested more than %d deep".formatted(DEEPEST));
        }
        String name = blob.text(at);
        at += padded(name.length() + 1L);
        String path = parent.equals("/") ? "/" + name : parent + "/" + name;
        Map<String, MemorySegment> properties = new LinkedHashMap<>();
        @Nullable Bus own = null;
        while (true) {
            int token = nextToken();
            switch (token) {
                case TreeBlob.PROPERTY -> readProperty(properties);
                case TreeBlob.BEGIN_NODE -> {
                    if (own == null) {
                        own = bus(properties, bus, depth);
                    }
                    readNode(path, own, depth + 1);
                }
                case TreeBlob.END_NODE -> {
                    addIfVirtio(path, properties, bus);
                    return;
                }
                default ->
                        throw TreeBlob.malformed(
                                "token %d at 0x%x (expected: the end of node %s)"
                                        .formatted(token, at - 4, path));
            }
        }
    }

    private int nextToken() {
        int token;
        do {
            token = blob.u32(at);
            at += 4;
        } while (token == TreeBlob.NOP);
        return token;
    }

    private void readProperty(Map<String, MemorySegment> properties) {
        long length = blob.u32(at) & 0xffff_ffffL;
        String name = blob.propertyName(blob.u32(at + 4));
        properties.put(name, blob.slice(at + 8, length));
        at += 8 + padded(length);
    }

    /** A bus whose addresses are not its parent's says so in ranges that are not empty. */
    private static Bus bus(Map<String, MemorySegment> properties, Bus parent, int depth) {
        MemorySegment ranges = properties.get("ranges");
        boolean same = depth == 0 || (ranges != null && ranges.byteSize() == 0);
        return new Bus(
                cell(properties, "#address-cells", DEFAULT_ADDRESS_CELLS),
                cell(properties, "#size-cells", DEFAULT_SIZE_CELLS),
                parent.same() && same);
    }

    private static int cell(Map<String, MemorySegment> properties, String name, int otherwise) {
        MemorySegment value = properties.get(name);
        return value != null && value.byteSize() == 4 ? value.get(BE32, 0) : otherwise;
    }

    private void addIfVirtio(String path, Map<String, MemorySegment> properties, Bus bus) {
        MemorySegment compatible = properties.get("compatible");
        if (compatible == null || !strings(compatible).contains(COMPATIBLE)) {
            return;
        }
        MemorySegment reg = properties.get("reg");
        int cells = bus.addressCells() + bus.sizeCells();
        if (reg == null
                || bus.addressCells() < 1
                || bus.addressCells() > 2
                || bus.sizeCells() < 1
                || bus.sizeCells() > 2
                || reg.byteSize() < 4L * cells) {
            throw TreeBlob.malformed(
                    "node %s has no place: reg has %d bytes, with %d cells for an address and %d for a size"
                            .formatted(
                                    path,
                                    reg == null ? 0 : reg.byteSize(),
                                    bus.addressCells(),
                                    bus.sizeCells()));
        }
        if (!bus.same()) {
            throw TreeBlob.malformed(
                    "node %s is on a bus with addresses of its own (expected: empty ranges)"
                            .formatted(path));
        }
        found.add(
                new VirtioNode(
                        path,
                        number(reg, 0, bus.addressCells()),
                        number(reg, bus.addressCells(), bus.sizeCells()),
                        cells(properties.get("interrupts"))));
    }

    private static List<String> strings(MemorySegment value) {
        return List.of(
                new String(value.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII)
                        .split("\0"));
    }

    private static long number(MemorySegment value, int from, int cells) {
        long number = 0;
        for (int i = from; i < from + cells; i++) {
            number = number << 32 | (value.get(BE32, 4L * i) & 0xffff_ffffL);
        }
        return number;
    }

    private static List<Integer> cells(@Nullable MemorySegment value) {
        List<Integer> cells = new ArrayList<>();
        for (long at = 0; value != null && at <= value.byteSize() - 4; at += 4) {
            cells.add(value.get(BE32, at));
        }
        return cells;
    }

    private static long padded(long length) {
        return length + 3 & ~3L;
    }
}
