package dev.virtq.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Json;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.Indices;
import dev.virtq.queue.QueueSnapshot.NextKick;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Slot;
import dev.virtq.queue.QueueSnapshot.Suppression;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A packed ring of five slots, in its second round. */
class PackedPictureTest {
    private static final int WRITE = 1 << 1;
    private static final int NEXT = 1;
    private static final int AVAIL = 1 << 7;
    private static final int USED = 1 << 15;

    /** The driver has wrapped, the device has not; one used chain was not taken yet. */
    private static final QueueSnapshot RING =
            ring(
                    new Indices(
                            1,
                            4,
                            Optional.of(2),
                            Optional.of(3),
                            Optional.of(false),
                            Optional.of(true)),
                    List.of());

    @Test
    void theRingIsDrawnWithItsFlagsInWords() {
        assertThat(drawn(RING, 16))
                .isEqualTo(
                        """
                        queue 0 (receiveq1) of net0: packed ring, 5 slots
                        areas       descriptor ring 0x00001000, driver event suppression 0x00002000, device event suppression 0x00003000
                        driver      next available in slot 1, wrap counter 0, staged up to slot 2, used taken up to slot 3
                        device      next used in slot 4, wrap counter 1
                        interrupts  the driver wants none for the next entry (flags 0x1 DISABLE)
                        kicks       the device wants one for the next entry (flags 0x2 DESC, slot 1, wrap counter 0)
                        next kick   the device would find 1 chain, and 1 that is staged; it asked for it

                        slots     0  D..UD
                                     . free (2)   D with the device (2)   U used (1)

                        slot  owner            id  bytes  address     flags             say
                           3  used              2     60  0x00000300  WRITE AVAIL USED  used with wrap counter 1       <- the driver takes the next used from here
                           4  with the device   0     64  0x00000400  NEXT AVAIL        available with wrap counter 1  <- the device uses the next here
                           0  with the device   0     64  0x00000000  WRITE USED        available with wrap counter 0
                           1  free              3     64  0x00000100  AVAIL USED        used with wrap counter 1       <- the driver makes the next available here

                        buffer id  owner            slot  device  bytes  address
                                2  used                3  writes     64  0x00000300  the device wrote 60 B
                                0  with the device     4  reads      64  0x00000400
                                                       0  writes     64  0x00000000
                                1  staged              -  writes     64  0x00000500
                        """);
    }

    @Test
    void whatIsInferredFromMemoryIsSaidToBe() {
        QueueSnapshot seen =
                ring(
                        new Indices(
                                1,
                                4,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(false),
                                Optional.of(true)),
                        List.of("the wrap counters are concluded from the flags"));

        assertThat(drawn(seen, 16))
                .contains("driver      next available in slot 1, wrap counter 0 (inferred)\n")
                .contains("device      next used in slot 4, wrap counter 1 (inferred)\n")
                .endsWith("inferred: the wrap counters are concluded from the flags\n");
    }

    @Test
    void noMoreSlotsThanWantedAreShown() {
        assertThat(drawn(RING, 2))
                .contains("   4  with the device   0 ")
                .doesNotContain("the driver makes the next")
                .contains("... and 2 more slots (--all shows them)\n");
    }

    @Test
    void theDocumentHasWrapCountersFlagsAndBufferIds() {
        JsonNode document =
                JsonMapper.shared()
                        .readTree(Json.document(new QueuePicture("net0", "receiveq1", RING, 16)));

        assertThat(document.get("format").asString()).isEqualTo("packed");
        assertThat(document.get("indices").get("driverWrap").asBoolean()).isFalse();
        assertThat(document.get("indices").get("deviceWrap").asBoolean()).isTrue();
        assertThat(document.get("slots").get(3).get("flagNames").asString())
                .isEqualTo("WRITE AVAIL USED");
        assertThat(document.get("slots").get(3).get("next").asInt()).isEqualTo(2);
        assertThat(document.get("availableNotifications").get("how").asString())
                .contains("wrap counter 0");
    }

    private static QueueSnapshot ring(Indices indices, List<String> inferred) {
        return new QueueSnapshot(
                0,
                "packed",
                5,
                0x1000,
                0x2000,
                0x3000,
                indices,
                List.of(
                        slot(0, 64, WRITE | USED, "WRITE USED", 0, Owner.DEVICE),
                        slot(1, 64, AVAIL | USED, "AVAIL USED", 3, Owner.FREE),
                        slot(2, 64, AVAIL | USED, "AVAIL USED", 4, Owner.FREE),
                        slot(3, 60, WRITE | AVAIL | USED, "WRITE AVAIL USED", 2, Owner.USED),
                        slot(4, 64, NEXT | AVAIL, "NEXT AVAIL", 0, Owner.DEVICE)),
                List.of(
                        new ChainView(
                                0,
                                Owner.DEVICE,
                                false,
                                List.of(
                                        new Element(4, 0x400, 64, false),
                                        new Element(0, 0, 64, true)),
                                Optional.empty()),
                        new ChainView(
                                1,
                                Owner.STAGED,
                                false,
                                List.of(new Element(-1, 0x500, 64, true)),
                                Optional.empty()),
                        new ChainView(
                                2,
                                Owner.USED,
                                false,
                                List.of(new Element(3, 0x300, 64, true)),
                                Optional.of(60L))),
                new Suppression(false, "flags 0x1 DISABLE"),
                new Suppression(true, "flags 0x2 DESC, slot 1, wrap counter 0"),
                new NextKick(1, 1, true),
                inferred,
                List.of());
    }

    private static Slot slot(int index, long length, int flags, String names, int id, Owner owner) {
        return new Slot(index, 0x100L * index, length, flags, names, id, owner);
    }

    private static String drawn(QueueSnapshot ring, int most) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new QueuePicture("net0", "receiveq1", ring, most).print(new Console(out, out, false));
        return out.toString(StandardCharsets.UTF_8);
    }
}
