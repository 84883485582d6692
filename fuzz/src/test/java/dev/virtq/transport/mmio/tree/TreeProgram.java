package dev.virtq.transport.mmio.tree;

import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.transport.mmio.tree.DeviceTree.VirtioNode;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * A flattened device tree, put together by the input, and then damaged or not. What must hold:
 *
 * <ul>
 *   <li>one that is whole gives the virtio nodes that were put into it, in their order;
 *   <li>one that is damaged gives nodes, or an IllegalArgumentException of one line.
 * </ul>
 */
public final class TreeProgram {
    private static final int HEADER_SIZE = 40;
    private static final int DEEPEST = 6;

    private final Input input;
    private final ByteArrayOutputStream tokens = new ByteArrayOutputStream();
    private final ByteArrayOutputStream names = new ByteArrayOutputStream();
    private final List<VirtioNode> expected = new ArrayList<>();
    private int nodes;

    private TreeProgram(Input input) {
        this.input = input;
    }

    /** Reads a tree. */
    public static void run(byte[] bytes) {
        new TreeProgram(new Input(bytes)).read(DeviceTree::virtioNodes);
    }

    /** The same, by a reader that believes the size in the header. */
    public static void withoutSizeCheck(byte[] bytes) {
        new TreeProgram(new Input(bytes))
                .read(tree -> {
                    if (tree.byteSize() >= HEADER_SIZE) {
                        long size =
                                tree.get(
                                                ValueLayout.JAVA_INT_UNALIGNED.withOrder(
                                                        ByteOrder.BIG_ENDIAN),
                                                4)
                                        & 0xffff_ffffL;
                        tree.get(ValueLayout.JAVA_BYTE, Math.max(size, 1) - 1);
                    }
                    return DeviceTree.virtioNodes(tree);
                });
    }

    private void read(Function<MemorySegment, List<VirtioNode>> reader) {
        node("", "", new int[] {2, 1}, 0);
        word(tokens, TreeBlob.END);
        byte[] whole = blob();
        byte[] tree = damaged(whole);
        List<VirtioNode> found;
        try {
            found = reader.apply(MemorySegment.ofArray(tree));
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            Must.hold(message.startsWith("no flattened device tree: "), "another reason", e);
            Must.hold(message.lines().count() == 1, "not one line", e);
            Must.hold(!Arrays.equals(tree, whole), "a tree that is whole is refused", e);
            Landmarks.reach("refused");
            return;
        }
        if (Arrays.equals(tree, whole)) {
            Must.hold(found.equals(expected), "other nodes than there are", found, expected);
            Landmarks.reach(expected.isEmpty() ? "no virtio node" : "virtio nodes");
        } else {
            Landmarks.reach("read all the same");
        }
    }

    /** Writes a node whose parent counts addresses and sizes in so many cells. */
    private void node(String path, String name, int[] parent, int depth) {
        String own = path.equals("/") ? "/" + name : path + "/" + name;
        nodes++;
        word(tokens, TreeBlob.BEGIN_NODE);
        text(name);
        int[] cells = {2, 1};
        int kind = input.u8();
        if ((kind & 1) != 0) {
            cells = new int[] {input.between(1, 2), input.between(1, 2)};
            property("#address-cells", cells[0]);
            property("#size-cells", cells[1]);
        }
        if (depth > 0) {
            property("ranges"); // the same addresses as outside
        }
        boolean virtio = depth > 0 && (kind & 2) != 0;
        VirtioNode node = virtio ? virtio(own, parent) : null;
        for (int left = input.below(3); left > 0; left--) {
            word(tokens, TreeBlob.NOP);
        }
        for (int child = 0; child < 4 && depth < DEEPEST && nodes < 24; child++) {
            if (input.below(4) == 0) {
                break;
            }
            node(own, "n" + child, cells, depth + 1);
        }
        word(tokens, TreeBlob.END_NODE);
        if (node != null) {
            expected.add(node);
        }
    }

    private VirtioNode virtio(String path, int[] parent) {
        int address = input.i32();
        int size = input.u16();
        int[] reg = new int[parent[0] + parent[1]];
        reg[parent[0] - 1] = address;
        reg[reg.length - 1] = size;
        boolean interrupt = input.flag();
        property("reg", reg);
        compatible(input.flag() ? "virtio,mmio" : "acme,fast\0virtio,mmio");
        if (interrupt) {
            property("interrupts", 0, size, 1);
        }
        return new VirtioNode(
                path, address & 0xffff_ffffL, size, interrupt ? List.of(0, size, 1) : List.of());
    }

    private byte[] damaged(byte[] whole) {
        byte[] tree = whole.clone();
        for (int left = input.below(4); left > 0; left--) {
            int at = input.flag() ? input.below(HEADER_SIZE) : input.below(tree.length);
            tree[at] = (byte) input.u8();
        }
        return input.below(8) == 7 ? Arrays.copyOf(tree, input.below(tree.length + 1)) : tree;
    }

    private byte[] blob() {
        int strings = HEADER_SIZE + tokens.size();
        ByteBuffer all = ByteBuffer.allocate(strings + names.size());
        all.putInt(0xd00dfeed).putInt(all.capacity()).putInt(HEADER_SIZE).putInt(strings);
        all.putInt(HEADER_SIZE).putInt(17).putInt(16).putInt(0);
        all.putInt(names.size()).putInt(tokens.size());
        return all.put(tokens.toByteArray()).put(names.toByteArray()).array();
    }

    private void property(String name, int... cells) {
        begin(name, 4 * cells.length);
        for (int cell : cells) {
            word(tokens, cell);
        }
    }

    private void compatible(String value) {
        begin("compatible", value.length() + 1);
        text(value);
    }

    private void begin(String name, int length) {
        word(tokens, TreeBlob.PROPERTY);
        word(tokens, length);
        word(tokens, names.size());
        names.writeBytes((name + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    private void text(String text) {
        tokens.writeBytes((text + "\0").getBytes(StandardCharsets.US_ASCII));
        while (tokens.size() % 4 != 0) {
            tokens.write(0);
        }
    }

    private static void word(ByteArrayOutputStream out, int value) {
        out.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
    }
}
