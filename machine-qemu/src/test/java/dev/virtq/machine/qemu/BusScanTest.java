package dev.virtq.machine.qemu;

import static dev.virtq.machine.qemu.FakeFunction.bridge;
import static dev.virtq.machine.qemu.FakeFunction.ordinary;
import static dev.virtq.machine.qemu.FakeFunction.port;
import static dev.virtq.machine.qemu.FakeFunction.spaces;
import static dev.virtq.machine.qemu.FakeFunction.withHeader;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.VirtioException;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buses get numbers and bridges windows, whatever the bridges are like. */
@Timeout(30)
class BusScanTest {
    private static final int IO = 1;
    private static final int MEMORY_32 = 0;
    private static final int MEMORY_64 = 0x4;
    private static final int PREFETCHABLE = 0x8;

    private static final long KIB = 1L << 10;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    private static BarWindows machine() {
        return BarWindows.ofMachine(List.of(new RamRun(0, 0, 64 * MIB)));
    }

    private static List<String> addresses(FoundBus bus) {
        return functions(bus).stream().map(function -> "" + function.address()).toList();
    }

    private static List<FoundFunction> functions(FoundBus bus) {
        List<FoundFunction> all = new ArrayList<>();
        for (FoundFunction function : bus.functions()) {
            all.add(function);
            function.behind().ifPresent(behind -> all.addAll(functions(behind)));
        }
        return all;
    }

    @Test
    void whatIsBehindABridgeIsNumberedBeforeWhatIsBesideIt() {
        FakeFunction inner = bridge(ordinary());
        FakeFunction outer = bridge(ordinary(), inner);
        FakeFunction beside = bridge(ordinary());
        FoundBus root = BusScan.machine(spaces(ordinary(), outer, beside));

        assertThat(addresses(root))
                .containsExactly(
                        "00:00.0", "00:01.0", "01:00.0", "01:01.0", "02:00.0", "00:02.0",
                        "03:00.0");
        assertThat(outer.readInt(0x18) & 0xff_ffff).isEqualTo(0x02_01_00);
        assertThat(inner.readInt(0x18) & 0xff_ffff).isEqualTo(0x02_02_01);
        assertThat(beside.readInt(0x18) & 0xff_ffff).isEqualTo(0x03_03_00);
        assertThat(root.last()).isEqualTo(3);
    }

    @Test
    void aBridgeThatIsBehindItselfEndsWithTheNumbers() {
        FakeFunction loop = bridge(ordinary());
        for (int i = 0; i < 31; i++) {
            loop.behind.add(loop);
        }
        FoundBus root = BusScan.machine(spaces(loop));
        assertThat(root.last()).isLessThanOrEqualTo(255);
        assertThat(functions(root)).hasSizeLessThan(256 * 32);
    }

    @Test
    void aChainOfBridgesThatIsTooLongIsCutWhereNoNumberIsLeft() {
        FakeFunction chain = ordinary();
        List<FakeFunction> bridges = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            chain = bridge(chain);
            bridges.add(chain);
        }
        FoundBus root = BusScan.machine(spaces(chain));
        assertThat(root.last()).isEqualTo(255);
        assertThat(functions(root)).hasSize(256);
        FakeFunction withoutNumber = bridges.get(300 - 256);
        assertThat(withoutNumber.secondary()).isZero();
        assertThat(withoutNumber.subordinate()).isZero();
        BusPlan.place(root, machine());
    }

    @Test
    void nothingIsBehindABridgeThatDoesNotKeepItsNumber() {
        FakeFunction deaf = bridge(ordinary());
        deaf.writable[6] = 0;
        FoundBus root = BusScan.machine(spaces(deaf, ordinary()));
        assertThat(addresses(root)).containsExactly("00:00.0", "00:01.0");
        assertThat(root.functions().getFirst().behind()).isEmpty();
        BusPlan.place(root, machine());
    }

    @ParameterizedTest
    @ValueSource(ints = {0x02, 0x03, 0x7f, 0x82})
    void ofAHeaderThatNobodyKnowsNothingIsWritten(int header) {
        FakeFunction strange = withHeader(header);
        FoundBus root = BusScan.machine(spaces(strange, ordinary()));
        BusPlan.place(root, machine());
        assertThat(addresses(root)).containsExactly("00:00.0", "00:01.0");
        assertThat(root.functions().getFirst().bars()).isEmpty();
        assertThat(strange.writes).isZero();
    }

    @Test
    void interruptPinsBehindABridgeTakeTurns() {
        FoundBus root =
                BusScan.machine(
                        spaces(ordinary(), bridge(ordinary(), bridge(ordinary(), ordinary()))));
        assertThat(functions(root))
                .extracting(function ->
                        "%s %d %d"
                                .formatted(
                                        function.address(),
                                        function.slotOnRootBus(),
                                        function.pinOnRootBus(3)))
                .containsExactly(
                        "00:00.0 0 3",
                        "00:01.0 1 3",
                        "01:00.0 1 3",
                        "01:01.0 1 0",
                        "02:00.0 1 0", // pin 3 of the bridge, which is device 1
                        "02:01.0 1 1");
    }

    /** Some answer at each of the 32 places. */
    @Test
    void aLinkHasOneDeviceOnly() {
        FakeFunction everywhere = ordinary();
        FakeFunction port = port(false);
        for (int i = 0; i < 32; i++) {
            port.behind.add(everywhere);
        }
        assertThat(addresses(BusScan.machine(spaces(port)))).containsExactly("00:00.0", "01:00.0");
    }

    @Test
    void otherFunctionsAreLookedForWhereTheFirstSaysThatThereAreSome() {
        FakeFunction first = withHeader(0x80);
        FakeFunction single = ordinary();
        ConfigSpaces spaces =
                address ->
                        address.bus() > 0
                                ? spaces().at(address)
                                : switch (address.device()) {
                                    case 3 ->
                                            address.function() == 0
                                                    ? first
                                                    : address.function() == 5
                                                            ? ordinary()
                                                            : spaces().at(address);
                                    case 4 -> single;
                                    default -> spaces().at(new PciAddress(0, 31, 0));
                                };
        assertThat(addresses(BusScan.machine(spaces)))
                .containsExactly("00:03.0", "00:03.5", "00:04.0");
    }

    @Test
    void aBridgePassesOnWhatIsBehindItAndNothingElse() {
        FakeFunction card =
                ordinary()
                        .withBar(0, 32, IO)
                        .withBar(1, 4 * KIB, MEMORY_32)
                        .withBar(2, 3 * GIB / 3, MEMORY_64 | PREFETCHABLE)
                        .withBar(4, 16 * KIB, MEMORY_64 | PREFETCHABLE);
        FakeFunction bridge = bridge(card);
        FakeFunction empty = bridge();
        FoundBus root = BusScan.machine(spaces(bridge, empty));
        BusPlan.place(root, machine());

        assertThat(functions(root).get(1).bars())
                .containsExactly(
                        new PciBar(0, PciBar.Kind.IO, false, 0xc000, 32),
                        new PciBar(1, PciBar.Kind.MEMORY_32, false, 0xc000_4000L, 4 * KIB),
                        new PciBar(2, PciBar.Kind.MEMORY_64, true, 0x80_0000_0000L, GIB),
                        new PciBar(4, PciBar.Kind.MEMORY_64, true, 0xc000_0000L, 16 * KIB));
        assertThat(bridge.readShort(0x1c)).as("ports c000..cfff").isEqualTo((short) 0xc0c0);
        assertThat(bridge.readInt(0x20)).as("c0000000..c00fffff").isEqualTo(0xc000_c000);
        assertThat(bridge.readInt(0x24)).as("its low half").isEqualTo(0x3ff1_0001);
        assertThat(bridge.readInt(0x28)).isEqualTo(0x80);
        assertThat(bridge.readInt(0x2c)).isEqualTo(0x80);
        assertThat(bridge.readByte(4)).as("its command register").isEqualTo((byte) 7);
        assertThat(card.readByte(4)).isEqualTo((byte) 7);
        assertThat(empty.readInt(0x20)).as("nothing").isEqualTo(0x0000_fff0);
        assertThat(empty.readInt(0x24)).isEqualTo(0x0001_fff1);
        assertThat(empty.readShort(0x1c)).isEqualTo((short) 0x00f0);
    }

    @Test
    void anEmptySlotKeepsABusAndTwoMebibytes() {
        FakeFunction slot = port(true);
        FakeFunction link = port(false);
        FoundBus root = BusScan.machine(spaces(slot, link, bridge(ordinary())));
        BusPlan.place(root, machine());
        assertThat(slot.secondary()).isEqualTo(1);
        assertThat(slot.readInt(0x20)).isEqualTo(0xc010_c000);
        assertThat(link.readInt(0x20)).isEqualTo(0x0000_fff0);
        assertThat(root.functions().get(0).slot()).isPresent();
        assertThat(root.functions().get(1).slot()).isEmpty();
        assertThat(addresses(root)).contains("03:00.0");
    }

    @Test
    void memoryThatDoesNotFitIsAnErrorAndPortsThatDoNotFitAreLeftOut() {
        FoundBus large = BusScan.machine(spaces(ordinary().withBar(3, 2 * GIB, MEMORY_32)));
        assertThatThrownBy(() -> BusPlan.place(large, machine()))
                .isInstanceOf(QemuException.class)
                .hasMessage(
                        "no addresses are left for the 0x80000000 bytes of memory that pci"
                                + " 00:00.0 needs");
        FoundBus ports =
                BusScan.machine(
                        spaces(
                                bridge(
                                        ordinary()
                                                .withBar(0, 32 * KIB, IO)
                                                .withBar(1, KIB, MEMORY_32))));
        BusPlan.place(ports, machine());
        assertThat(functions(ports).get(1).bars()).extracting(PciBar::index).containsExactly(1);
    }

    /** Every BAR is where all bridges before it pass it on, and no two are at one place. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void inRandomTreesEveryBarIsReached(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            FoundBus root = BusScan.machine(spaces(tree(random, 3)));
            BusPlan.place(root, machine());
            List<PciBar> placed = new ArrayList<>();
            checkReached(root, List.of(), placed);
            for (PciBar one : placed) {
                for (PciBar other : placed) {
                    boolean sameSpace =
                            (one.kind() == PciBar.Kind.IO) == (other.kind() == PciBar.Kind.IO);
                    if (one != other && sameSpace) {
                        assertThat(
                                        one.address() + one.size() <= other.address()
                                                || other.address() + other.size() <= one.address())
                                .as("%s and %s are apart", one, other)
                                .isTrue();
                    }
                }
            }
        }
    }

    private static FakeFunction[] tree(Random random, int depth) {
        FakeFunction[] devices = new FakeFunction[1 + random.nextInt(4)];
        for (int i = 0; i < devices.length; i++) {
            if (depth > 0 && random.nextBoolean()) {
                FakeFunction[] behind = tree(random, depth - 1);
                devices[i] = random.nextBoolean() ? bridge(behind) : port(true, behind);
            } else {
                devices[i] =
                        ordinary()
                                .withBar(0, 8L << random.nextInt(5), IO)
                                .withBar(1, 1L << (4 + random.nextInt(18)), MEMORY_32)
                                .withBar(
                                        2,
                                        1L
                                                << (8
                                                        + random.nextInt(
                                                                random.nextInt(8) == 0 ? 24 : 12)),
                                        MEMORY_64 | PREFETCHABLE)
                                .withBar(4, 1L << (8 + random.nextInt(12)), MEMORY_64);
            }
        }
        return devices;
    }

    private static void checkReached(
            FoundBus bus, List<FoundFunction> before, List<PciBar> placed) {
        for (FoundFunction function : bus.functions()) {
            for (PciBar bar : function.bars()) {
                placed.add(bar);
                for (FoundFunction bridge : before) {
                    assertThat(passes(bridge, bar))
                            .as("%s at %s passes %s on", bridge, bridge.address(), bar)
                            .isTrue();
                }
            }
            List<FoundFunction> further = new ArrayList<>(before);
            further.add(function);
            function.behind().ifPresent(behind -> checkReached(behind, further, placed));
        }
    }

    /** As the registers of the bridge say it. */
    private static boolean passes(FoundFunction bridge, PciBar bar) {
        var config = bridge.config();
        long last = bar.address() + bar.size() - 1;
        if (bar.kind() == PciBar.Kind.IO) {
            long base = (config.readByte(0x1c) & 0xf0L) << 8;
            long limit = (config.readByte(0x1d) & 0xf0L) << 8;
            limit |= 0xfff;
            return bar.address() >= base && last <= limit;
        }
        long base = (config.readShort(0x20) & 0xfff0L) << 16;
        long limit = ((config.readShort(0x22) & 0xfff0L) << 16) + 0xf_ffff;
        if (bar.address() >= base && last <= limit) {
            return true;
        }
        long high = (config.readInt(0x28) & 0xffff_ffffL) << 32;
        long highEnd = (config.readInt(0x2c) & 0xffff_ffffL) << 32;
        high |= (config.readShort(0x24) & 0xfff0L) << 16;
        highEnd |= ((config.readShort(0x26) & 0xfff0L) << 16) + 0xf_ffff;
        return bar.prefetchable() && bar.address() >= high && last <= highEnd;
    }

    /** What answers with anything at all ends in a list or in an error of its own type. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void registersWithoutAnySenseAreFollowedForABoundedTime(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            FakeFunction[] devices = new FakeFunction[8];
            for (int i = 0; i < devices.length; i++) {
                devices[i] = random.nextBoolean() ? bridge(ordinary()) : ordinary();
                for (int word = 0; word < 64; word++) {
                    if (word != 3 && random.nextInt(4) == 0) {
                        devices[i].words[word] = random.nextInt();
                        devices[i].writable[word] = random.nextInt();
                    }
                }
                devices[i].behind.add(devices[random.nextInt(i + 1)]);
            }
            try {
                FoundBus root = BusScan.machine(spaces(devices));
                assertThat(root.last()).isLessThanOrEqualTo(255);
                BusPlan.place(root, machine());
            } catch (VirtioException typed) {
                assertThat(typed.getMessage()).isNotBlank();
            }
        }
    }
}
