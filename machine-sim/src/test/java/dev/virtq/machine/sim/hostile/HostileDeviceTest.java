package dev.virtq.machine.sim.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.sim.hostile.HostileTable.Ring;
import dev.virtq.machine.sim.hostile.HostileTable.Row;
import dev.virtq.machine.sim.hostile.HostileTable.Since;
import dev.virtq.machine.sim.hostile.HostileTable.Verdict;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a driver makes of a hostile device is what docs/hostile.md says. And in each row: no
 * transfer is lost or completed twice, nothing outside the buffers is written, nobody hangs, and
 * after a confirmed reset the same objects work again.
 */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class HostileDeviceTest {
    private static final FeatureSet ALL = FeatureSet.EMPTY;
    private static final FeatureSet IN_NO_ORDER = FeatureSet.of(CommonFeature.IN_ORDER);
    private static final FeatureSet BARE =
            FeatureSet.of(
                    CommonFeature.IN_ORDER, CommonFeature.EVENT_IDX, CommonFeature.INDIRECT_DESC);

    /** These have nothing to write in a split ring: it has no flags that tell of a round. */
    private static final Set<RingLie> PACKED_ONLY =
            EnumSet.of(RingLie.ONE_AHEAD, RingLie.WRAP_COUNTER_FLIPPED);

    /** After these, the status does not read 0 while the device lies. */
    private static final Set<RegisterLie> NO_RESET =
            EnumSet.of(RegisterLie.RESET_IGNORED, RegisterLie.STATUS_NONSENSE);

    record Case(Row row, FeatureSet withheld, boolean stepped) {
        HostileWorld world() {
            return new HostileWorld(row.ring() == Ring.PACKED, withheld, stepped);
        }

        @Override
        public String toString() {
            return row
                    + (stepped ? ", stepped" : ", in a thread of its own")
                    + (withheld.isEmpty() ? "" : ", without " + withheld);
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Row row : HostileTable.ofEveryDevice()) {
            boolean ring = row.lie() instanceof RingLie;
            for (FeatureSet withheld : ring ? List.of(ALL, IN_NO_ORDER, BARE) : List.of(ALL)) {
                cases.add(new Case(row, withheld, true));
                cases.add(new Case(row, withheld, false));
            }
        }
        return cases.stream();
    }

    static Stream<Case> steppedCases() {
        return HostileTable.ofEveryDevice().stream().map(row -> new Case(row, ALL, true));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatTheTableSaysHappensAndAConfirmedResetLeadsOn(Case one) throws Exception {
        try (HostileWorld world = one.world()) {
            lieTo(world, one.row());

            DeviceFaultException fault = world.provoke();

            assertVerdict(one.row(), fault);
            world.recover();
            world.closeCleanly();
        }
    }

    @ParameterizedTest
    @MethodSource("steppedCases")
    void closingWhileItLiesFreesMemoryOnlyAfterAConfirmedReset(Case one) throws Exception {
        Row row = one.row();
        try (HostileWorld world = one.world()) {
            lieTo(world, row);
            world.provoke();
            if (row.lie() instanceof RegisterLie lie && NO_RESET.contains(lie)) {
                world.closeIntoQuarantine(lie == RegisterLie.RESET_IGNORED);
            } else {
                world.closeCleanly();
            }
        }
    }

    /** Between any two things that the device does, and with transfers of every kind around. */
    @ParameterizedTest
    @EnumSource(Ring.class)
    void needsResetAtAnyMomentIsDetected(Ring ring) throws Exception {
        for (int moment = 0; moment <= HostileWorld.TRANSFERS + 1; moment++) {
            for (int taken = 0; taken <= moment; taken++) {
                try (HostileWorld world = new HostileWorld(ring == Ring.PACKED, ALL, true)) {
                    world.open();
                    world.start();
                    world.roundTrips(1);
                    world.sendAndServe(moment, taken);
                    world.misbehave(RegisterLie.NEEDS_RESET);

                    DeviceFaultException fault = world.provoke();

                    assertThat(fault).isNotNull().hasMessageContaining("2.1.2");
                    world.recover();
                    world.closeCleanly();
                }
            }
        }
    }

    @Test
    void theTableHasARowForEachLieOnEachRing() {
        List<String> expected = new ArrayList<>();
        for (Ring ring : Ring.values()) {
            for (RingLie lie : RingLie.values()) {
                if (ring == Ring.PACKED || !PACKED_ONLY.contains(lie)) {
                    expected.add(lie + " " + ring + " " + Since.RUNNING);
                }
            }
            for (NetLie lie : NetLie.values()) {
                expected.add(lie + " " + ring + " " + Since.RUNNING);
            }
            for (RegisterLie lie : RegisterLie.values()) {
                for (Since since : Since.values()) {
                    expected.add(lie + " " + ring + " " + since);
                }
            }
        }
        assertThat(
                        HostileTable.rows().stream()
                                .map(row -> row.lie() + " " + row.ring() + " " + row.since()))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void theTableHasARowForEachLieOfAFileServer() {
        assertThat(HostileTable.ofFileServers()).containsExactlyInAnyOrder(FuseLie.values());
    }

    private static void lieTo(HostileWorld world, Row row) throws InterruptedException {
        if (row.since() == Since.RUNNING) {
            world.open();
            world.start();
            world.roundTrips(2);
        }
        world.misbehave(row.lie());
        if (row.since() == Since.RUNNING) {
            world.waitBeside();
        }
    }

    private static void assertVerdict(Row row, @Nullable DeviceFaultException fault) {
        if (row.verdict() != Verdict.DETECTED) {
            assertThat(fault).isNull();
            return;
        }
        if (fault == null) {
            throw new AssertionError("no fault was found (expected: " + row.clause() + ")");
        }
        assertThat(fault.clause()).isEqualTo(row.clause());
        assertThat(fault.getMessage()).contains(fault.clause(), fault.evidence());
        if (row.lie() instanceof RingLie) {
            assertThat(fault.evidence()).containsAnyOf("slot", "used idx");
        }
    }
}
