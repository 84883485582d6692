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

class QueuePictureTest {
    private static final QueueSnapshot RING =
            new QueueSnapshot(
                    1,
                    "split",
                    8,
                    0x1000,
                    0x2000,
                    0x3000,
                    new Indices(
                            3,
                            1,
                            Optional.of(4),
                            Optional.of(0),
                            Optional.empty(),
                            Optional.empty()),
                    List.of(
                            slot(0, Owner.USED),
                            slot(1, Owner.USED),
                            slot(2, Owner.DEVICE),
                            slot(3, Owner.DEVICE),
                            slot(4, Owner.STAGED),
                            slot(5, Owner.PREPARED),
                            slot(6, Owner.FREE),
                            slot(7, Owner.FREE)),
                    List.of(
                            new ChainView(
                                    0,
                                    Owner.USED,
                                    false,
                                    List.of(
                                            new Element(0, 0x10_0000, 12, false),
                                            new Element(1, 0x10_0040, 64, true)),
                                    Optional.of(16L)),
                            chain(2, Owner.DEVICE),
                            new ChainView(
                                    3,
                                    Owner.DEVICE,
                                    true,
                                    List.of(new Element(0, 0x20_0000, 1500, false)),
                                    Optional.empty()),
                            chain(4, Owner.STAGED),
                            chain(5, Owner.PREPARED)),
                    new Suppression(false, "flags 0x1 NO_INTERRUPT"),
                    new Suppression(true, "flags 0x0"),
                    new NextKick(2, 1, true),
                    List.of("what was taken is a guess"),
                    List.of("slot 7 points outside the table (2.7.5)"));

    @Test
    void theRingIsDrawn() {
        assertThat(drawn(RING, 16, false))
                .isEqualTo(
                        """
                        queue 1 (transmitq1) of net0: split ring, 8 slots
                        areas       descriptors 0x00001000, driver 0x00002000, device 0x00003000
                        driver      available index 3, staged up to 4, used taken up to 0
                        device      used index 1
                        interrupts  the driver wants none for the next entry (flags 0x1 NO_INTERRUPT)
                        kicks       the device wants one for the next entry (flags 0x0)
                        next kick   the device would find 2 chains, and 1 that is staged; it asked for it

                        slots     0  UUDDsp..
                                     . free (2)   p prepared (1)   s staged (1)   D with the device (2)   U used (2)

                        chain  owner            slot  device  bytes  address
                            0  used                0  reads      12  0x00100000  the device wrote 16 B
                                                   1  writes     64  0x00100040
                            2  with the device     2  reads      64  0x00000200
                            3  with the device     0  reads    1500  0x00200000  in an indirect table
                            4  staged              4  reads      64  0x00000400
                            5  prepared            5  reads      64  0x00000500
                        inferred: what was taken is a guess
                        anomaly: slot 7 points outside the table (2.7.5)
                        """);
    }

    @Test
    void whatMovesComesFirstWhenThereIsMoreThanIsShown() {
        assertThat(drawn(RING, 2, false))
                .contains("    0  used ", "    2  with the device ")
                .doesNotContain("prepared  ")
                .contains("... and 3 more chains (--all shows them)\n");
    }

    @Test
    void ownersAreColouredOnATerminal() {
        assertThat(drawn(RING, 16, true)).contains("\u001b[32mUU\u001b[0m\u001b[36mDD\u001b[0m");
    }

    @Test
    void theDocumentHasTheFieldsOfTheSnapshot() {
        JsonNode document =
                JsonMapper.shared()
                        .readTree(Json.document(new QueuePicture("net0", "transmitq1", RING, 1)));

        assertThat(document.propertyNames())
                .containsExactly(
                        "device",
                        "name",
                        "queue",
                        "format",
                        "size",
                        "descriptorArea",
                        "driverArea",
                        "deviceArea",
                        "indices",
                        "slots",
                        "chains",
                        "usedNotifications",
                        "availableNotifications",
                        "nextKick",
                        "inferred",
                        "anomalies");
        assertThat(document.get("slots")).hasSize(8);
        assertThat(document.get("chains")).hasSize(5);
        assertThat(document.get("chains").get(0).get("owner").asString()).isEqualTo("USED");
        assertThat(document.get("indices").get("driverWrap").isNull()).isTrue();
        assertThat(document.get("nextKick").get("staged").asInt()).isEqualTo(1);
    }

    private static Slot slot(int index, Owner owner) {
        return new Slot(index, 0x100L * index, 64, 0, "", 0, owner);
    }

    private static ChainView chain(int id, Owner owner) {
        return new ChainView(
                id,
                owner,
                false,
                List.of(new Element(id, 0x100L * id, 64, false)),
                Optional.empty());
    }

    private static String drawn(QueueSnapshot ring, int mostChains, boolean colored) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Console console = new Console(out, out, colored);
        new QueuePicture("net0", "transmitq1", ring, mostChains).print(console);
        return out.toString(StandardCharsets.UTF_8);
    }
}
