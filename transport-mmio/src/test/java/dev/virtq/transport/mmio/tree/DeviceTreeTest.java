package dev.virtq.transport.mmio.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.transport.mmio.tree.DeviceTree.VirtioNode;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeviceTreeTest {
    @Test
    void theNodesThatAreCompatibleWithVirtioAreFound() {
        byte[] tree =
                new Tree()
                        .begin("")
                        .cells("#address-cells", 2)
                        .cells("#size-cells", 2)
                        .begin("pl011@9000000")
                        .strings("compatible", "arm,pl011")
                        .cells("reg", 0, 0x900_0000, 0, 0x1000)
                        .end()
                        .begin("virtio_mmio@a003e00")
                        .cells("interrupts", 0, 0x2f, 1)
                        .cells("reg", 0x8, 0xa00_3e00, 0, 0x200)
                        .strings("compatible", "acme,fast\0virtio,mmio")
                        .end()
                        .begin("soc")
                        .cells("#address-cells", 1)
                        .cells("#size-cells", 1)
                        .cells("ranges")
                        .begin("virtio@1e000")
                        .strings("compatible", "virtio,mmio")
                        .cells("reg", 0x1e000, 0x200)
                        .end()
                        .end()
                        .end()
                        .finish();
        assertThat(DeviceTree.virtioNodes(MemorySegment.ofArray(tree)))
                .containsExactly(
                        new VirtioNode(
                                "/virtio_mmio@a003e00",
                                0x8_0a00_3e00L,
                                0x200,
                                java.util.List.of(0, 0x2f, 1)),
                        new VirtioNode("/soc/virtio@1e000", 0x1e000, 0x200, java.util.List.of()));
    }

    @Test
    void aBusWithAddressesOfItsOwnIsRefused() {
        byte[] tree =
                new Tree()
                        .begin("")
                        .begin("bus")
                        .cells("ranges", 0, 0, 0x1000)
                        .begin("virtio@0")
                        .strings("compatible", "virtio,mmio")
                        .cells("reg", 0, 0, 0x200)
                        .end()
                        .end()
                        .end()
                        .finish();
        assertThatThrownBy(() -> DeviceTree.virtioNodes(MemorySegment.ofArray(tree)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/bus/virtio@0 is on a bus with addresses of its own");
    }

    @Test
    void aNodeWithoutAPlaceIsRefused() {
        byte[] tree =
                new Tree()
                        .begin("")
                        .begin("virtio@0")
                        .strings("compatible", "virtio,mmio")
                        .end()
                        .end()
                        .finish();
        assertThatThrownBy(() -> DeviceTree.virtioNodes(MemorySegment.ofArray(tree)))
                .hasMessageContaining("/virtio@0 has no place: reg has 0 bytes");
    }

    @Test
    void whatIsNoTreeIsOneLine() {
        assertThatThrownBy(() -> DeviceTree.virtioNodes(MemorySegment.ofArray(new byte[10])))
                .hasMessage("no flattened device tree: it has 10 bytes (expected: a header of 40)");
        assertThatThrownBy(() -> DeviceTree.virtioNodes(MemorySegment.ofArray(new byte[100])))
                .hasMessage(
                        "no flattened device tree: it begins with 0x00000000 (expected: 0xd00dfeed)");
        Tree deep = new Tree();
        for (int i = 0; i < 100; i++) {
            deep.begin("n");
        }
        byte[] nested = deep.finish();
        assertThatThrownBy(() -> DeviceTree.virtioNodes(MemorySegment.ofArray(nested)))
                .hasMessageContaining("more than 64 deep");
    }

    /**
     * A tree that was changed at random is refused in one line or read, and never anything else.
     */
    @Test
    void noDamageLeadsAnywhereElse() {
        byte[] whole =
                new Tree()
                        .begin("")
                        .cells("#address-cells", 1)
                        .begin("virtio@0")
                        .strings("compatible", "virtio,mmio")
                        .cells("reg", 0x1000, 0x200)
                        .end()
                        .end()
                        .finish();
        long seed = 20261129;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = whole.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            byte[] cut = Arrays.copyOf(damaged, random.nextInt(damaged.length + 1));
            try {
                DeviceTree.virtioNodes(MemorySegment.ofArray(cut));
            } catch (IllegalArgumentException e) {
                assertThat(e)
                        .as("seed %d", seed)
                        .hasMessageStartingWith("no flattened device tree: ");
            }
        }
    }

    /** Writes a tree. */
    private static final class Tree {
        private final ByteArrayOutputStream tokens = new ByteArrayOutputStream();
        private final ByteArrayOutputStream names = new ByteArrayOutputStream();

        Tree begin(String name) {
            word(tokens, 1);
            text(name);
            return this;
        }

        Tree end() {
            word(tokens, 2);
            return this;
        }

        Tree cells(String name, int... cells) {
            property(name, 4 * cells.length);
            for (int cell : cells) {
                word(tokens, cell);
            }
            return this;
        }

        Tree strings(String name, String value) {
            property(name, value.length() + 1);
            text(value);
            return this;
        }

        byte[] finish() {
            word(tokens, 9);
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            int structure = 40;
            int strings = structure + tokens.size();
            int size = strings + names.size();
            for (int field :
                    new int[] {
                        0xd00dfeed,
                        size,
                        structure,
                        strings,
                        40,
                        17,
                        16,
                        0,
                        names.size(),
                        tokens.size()
                    }) {
                word(all, field);
            }
            all.writeBytes(tokens.toByteArray());
            all.writeBytes(names.toByteArray());
            return all.toByteArray();
        }

        private void property(String name, int length) {
            word(tokens, 3);
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
            try {
                new DataOutputStream(out).writeInt(value);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
