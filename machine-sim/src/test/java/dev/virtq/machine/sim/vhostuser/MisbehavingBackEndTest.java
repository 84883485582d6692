package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioException;
import dev.virtq.queue.Virtqueue;
import dev.virtq.transport.vhostuser.BackEndFaultException;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a back end may do wrong, and what its driver then gets: one exception that says it. */
class MisbehavingBackEndTest extends NothingIsLeft {

    /** What a front end asks in the course of one life of a device. */
    private static final Set<Request> ASKED =
            EnumSet.complementOf(
                    EnumSet.of(Request.SET_MEM_TABLE, Request.SET_CONFIG, Request.REM_MEM_REG));

    /** Those that are questions: the rest is confirmed, with 0. */
    private static final Set<Request> QUESTIONS =
            EnumSet.of(
                    Request.GET_FEATURES,
                    Request.GET_PROTOCOL_FEATURES,
                    Request.GET_QUEUE_NUM,
                    Request.GET_MAX_MEM_SLOTS,
                    Request.GET_VRING_BASE,
                    Request.GET_INFLIGHT_FD,
                    Request.GET_CONFIG,
                    Request.GET_STATUS);

    /** Where there are any. */
    private static final Deed OTHER_BYTES =
            Deed.changed(answer -> {
                if (answer.size() > 0) {
                    answer.u32(0, 77);
                }
            });

    record Case(
            String name, Script script, Class<? extends VirtioException> expected, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case at(
            Request request,
            String what,
            Deed deed,
            Class<? extends VirtioException> expected,
            String message) {
        return new Case(request + " " + what, HONEST.at(request, deed), expected, message);
    }

    private static Stream<Case> atEachRequest() {
        List<Case> cases = new ArrayList<>();
        for (Request request : ASKED) {
            cases.add(lost(request, "hangs up", Deed.HANG_UP, "vhost-user socket"));
            if (request == Request.SET_PROTOCOL_FEATURES) {
                continue; // until then nothing is confirmed
            }
            cases.add(
                    lost(request, "is silent", Deed.SILENT, "within 300 ms (at " + request + ")"));
            cases.add(
                    fault(request, "another number", Deed.numbered(99), "with message 99, flags"));
            cases.add(fault(request, "no reply", Deed.flags(1), "flags 0x1 (expected: "));
            cases.add(fault(request, "version 2", Deed.flags(6), "has version 2 (expected: 1)"));
            cases.add(fault(request, "too long", Deed.sized(400), "has 400 bytes (expected: at "));
            cases.add(fault(request, "huge", Deed.claiming(-1), "4294967295 bytes (expected: at "));
            cases.add(
                    fault(
                            request,
                            "descriptors",
                            Deed.withDescriptors(3),
                            "with 3 file descriptors (expected: "
                                    + (request == Request.GET_INFLIGHT_FD ? "1)" : "none)")));
            cases.add(
                    lost(
                            request,
                            "many descriptors",
                            Deed.withDescriptors(100),
                            "more descriptors than anybody may send"));
            if (request != Request.GET_CONFIG) {
                int bytes = request == Request.GET_INFLIGHT_FD ? 24 : 8;
                cases.add(
                        fault(
                                request,
                                "too short",
                                Deed.sized(7),
                                "with 7 bytes (expected: " + bytes));
            }
            if (!QUESTIONS.contains(request)) {
                cases.add(
                        fault(
                                request,
                                "refused",
                                Deed.value(1),
                                "refused %s (status 1)".formatted(request)));
            }
        }
        return cases.stream();
    }

    private static Case lost(Request request, String what, Deed deed, String message) {
        return at(request, what, deed, DeviceLostException.class, message);
    }

    private static Case fault(Request request, String what, Deed deed, String message) {
        return at(request, what, deed, BackEndFaultException.class, message);
    }

    /** Of split rings, whose account is the smaller one. */
    private static Case account(String what, Deed deed, String message) {
        return new Case(
                "GET_INFLIGHT_FD " + what,
                HONEST.withholding(FeatureSet.of(CommonFeature.RING_PACKED))
                        .at(Request.GET_INFLIGHT_FD, deed),
                BackEndFaultException.class,
                message);
    }

    private static Stream<Case> lies() {
        return Stream.of(
                at(
                        Request.GET_FEATURES,
                        "has none",
                        Deed.value(0),
                        DeviceFaultException.class,
                        "VERSION_1"),
                new Case(
                        "GET_PROTOCOL_FEATURES has all",
                        HONEST.without(ProtocolFeature.CONFIG)
                                .at(Request.GET_PROTOCOL_FEATURES, Deed.value(-1)),
                        DeviceLostException.class,
                        "is gone"),
                account("no file", Deed.withDescriptors(0), "with 0 file descriptors (expected: 1"),
                account(
                        "two files",
                        Deed.withDescriptors(2),
                        "with 2 file descriptors (expected: "),
                account("is no file", Deed.withDescriptors(1), "at offset 0 of a file of 0"),
                account(
                        "too small",
                        Deed.value(271),
                        "has 271 bytes (expected: at least 272)"), // 16, and 16 for each of 16
                account("none", Deed.value(0), "has 0 bytes (expected: at least 272)"),
                account("negative", Deed.value(-1), "has -1 bytes (expected: at least 272)"),
                account("behind its file", Deed.value(1L << 40), "at offset 0 of a file of"),
                account(
                        "offset behind its file",
                        Deed.changed(answer -> answer.u64(8, 1 << 20)),
                        "at offset 1048576 of a file of"),
                account(
                        "negative offset",
                        Deed.changed(answer -> answer.u64(8, -8)),
                        "at offset -8 of a file of"),
                account(
                        "for other queues",
                        Deed.changed(answer -> answer.u32(16, 2 | 16 << 16)),
                        "is for 2 queues of 16 (expected: 1 of 16)"),
                account(
                        "for smaller queues",
                        Deed.changed(answer -> answer.u32(16, 1 | 8 << 16)),
                        "is for 1 queues of 8 (expected: 1 of 16)"),
                fault(Request.GET_QUEUE_NUM, "none", Deed.value(0), "has 0 queues (expected: at"),
                fault(Request.GET_QUEUE_NUM, "-1", Deed.value(-1), "has -1 queues (expected: at"),
                fault(
                        Request.GET_MAX_MEM_SLOTS,
                        "none",
                        Deed.value(0),
                        "has 0 slots for memory (expected: at least 2)"),
                fault(
                        Request.GET_MAX_MEM_SLOTS,
                        "one",
                        Deed.value(1),
                        "has 1 slots for memory (expected: at least 2)"),
                fault(
                        Request.GET_VRING_BASE,
                        "wrong queue",
                        Deed.value(5),
                        "base of queue 0 the back end answered for queue 5"),
                fault(
                        Request.GET_STATUS,
                        "too large",
                        Deed.value(0x100),
                        "device status is 0x100 (expected: 0x00..0xff)"),
                fault(
                        Request.GET_STATUS,
                        "negative",
                        Deed.value(Long.MIN_VALUE),
                        "(expected: 0x00..0xff)"),
                fault(
                        Request.GET_CONFIG,
                        "other bytes",
                        OTHER_BYTES,
                        "did not give the first 4 bytes"),
                at(
                        Request.GET_STATUS,
                        "never reset",
                        Deed.value(1),
                        DeviceFaultException.class,
                        "did not confirm a reset"));
    }

    @ParameterizedTest
    @MethodSource({"atEachRequest", "lies"})
    void isToldAsWhatItIs(Case wrong) throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, wrong.script)) {
            long start = System.nanoTime();
            Throwable thrown = catchThrowable(this::live);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
            assertThat(thrown).isInstanceOf(wrong.expected).hasMessageContaining(wrong.message);
            assertThat(backEnd.conversations()).isEqualTo(1);
        }
    }

    @Test
    void everyRequestOfThoseIsMade() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, HONEST)) {
            live();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    /** One life of a device, in which everything happens once. */
    private void live() throws InterruptedException {
        try (EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            driver.device().config().u32(0);
            driver.echo(queue, 3);
            driver.device().reset();
        }
    }

    @Test
    void featuresThatNobodyKnowsAreNotAccepted() throws Exception {
        try (SimBackEnd backEnd =
                        SimBackEnd.listen(socket, HONEST.at(Request.GET_FEATURES, Deed.value(-1)));
                EchoDriver driver = new EchoDriver(socket)) {
            driver.echo(driver.start(), 100);
            assertThat(driver.device().has(CommonFeature.ACCESS_PLATFORM)).isFalse();
            assertThat(driver.device().acceptedFeatures().containsBit(26)).isFalse();
            assertThat(driver.device().acceptedFeatures().containsBit(30)).isFalse();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }
}
