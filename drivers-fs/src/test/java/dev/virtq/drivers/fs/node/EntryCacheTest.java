package dev.virtq.drivers.fs.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** For how long names are remembered, and which. Its nodes are those of a real server. */
@Timeout(60)
class EntryCacheTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration MOMENT = Duration.ofMillis(40);

    private final SimMachine machine =
            SimMachine.builder().memory(32L << 20).device(SimDevice.fileSystem()).start();
    private final FuseClient client;
    private final ForgetQueue forgets;
    private final NodeTable nodes;
    private final Node root;
    private final EntryCache cache = new EntryCache(3);

    EntryCacheTest() throws IOException {
        client = FuseClient.open(machine.transport(DeviceType.FILE_SYSTEM), FuseOptions.DEFAULT);
        forgets = new ForgetQueue(client);
        nodes = new NodeTable(forgets, true);
        root = nodes.root();
    }

    @AfterEach
    void everythingIsForgottenWithTheCache() {
        cache.clear();
        assertThat(nodes.size()).as("the root").isEqualTo(1);
        forgets.send();
        assertThat(client.connection().device().failure()).isEmpty();
        client.close();
        assertThat(machine.share("fs0").lookups()).isEmpty();
        machine.close();
    }

    private Node make(String name) throws IOException {
        return nodes.received(
                client.nodes().makeDirectory(FuseClient.ROOT, name.getBytes(UTF_8), 0755),
                System.nanoTime());
    }

    /** Remembers a new file by its name. */
    private void put(String name, Duration valid, long asked) throws IOException {
        try (Node node = make(name)) {
            cache.put(root, name, node, valid, asked);
        }
    }

    private boolean knows(String name) {
        try (Node node = cache.get(root, name)) {
            return node != null;
        }
    }

    private static void sleepUntil(long end) throws InterruptedException {
        while (System.nanoTime() - end < 0) {
            Thread.sleep(1);
        }
    }

    @Test
    void aNameIsKnownForAsLongAsTheServerSays() throws Exception {
        long asked = System.nanoTime();
        put("short", MOMENT, asked);
        put("long", HOUR, asked);
        boolean known = knows("short");
        assertThat(known || System.nanoTime() - asked >= MOMENT.toNanos()).isTrue();
        sleepUntil(asked + MOMENT.toNanos());
        assertThat(knows("short")).isFalse();
        assertThat(knows("long")).isTrue();
    }

    @Test
    void theTimeBeginsWhenTheServerWasAskedAndNotWhenItAnswered() throws Exception {
        long asked = System.nanoTime();
        sleepUntil(asked + MOMENT.toNanos());
        put("name", MOMENT, asked);
        assertThat(knows("name")).isFalse();
    }

    @Test
    void whatIsNotValidAtAllIsNotKept() throws IOException {
        put("name", Duration.ZERO, System.nanoTime());
        assertThat(knows("name")).isFalse();
        assertThat(nodes.size()).isEqualTo(1);
    }

    @Test
    void anAnswerThatMayBeOlderThanAChangeIsNotKept() throws IOException {
        long before = System.nanoTime();
        cache.remove(root, "other"); // some name of the same directory
        put("name", HOUR, before);
        assertThat(knows("name")).isFalse();
        try (Node node = make("later")) {
            cache.put(root, "later", node, HOUR, after());
        }
        assertThat(knows("later")).isTrue();
    }

    @Test
    void norIsOneThatMayBeOlderThanTheEndOfAllNames() throws IOException {
        put("known", HOUR, after());
        long before = System.nanoTime();
        cache.clear();
        assertThat(knows("known")).isFalse();
        put("name", HOUR, before);
        assertThat(knows("name")).isFalse();
        put("later", HOUR, after());
        assertThat(knows("later")).isTrue();
    }

    /** {@return a time that is later than all that was taken note of} */
    private static long after() {
        return System.nanoTime() + 1;
    }

    @Test
    void theNamesThatWereUsedLastAreKept() throws IOException {
        for (String name : new String[] {"a", "b", "c"}) {
            put(name, HOUR, after());
        }
        assertThat(knows("a")).isTrue();
        put("d", HOUR, after());
        assertThat(knows("b")).as("used longest ago").isFalse();
        assertThat(knows("a")).isTrue();
        assertThat(knows("c")).isTrue();
        assertThat(knows("d")).isTrue();
    }

    @Test
    void aNameThatStandsForAnotherFileLetsGoOfTheFirst() throws IOException {
        put("a", HOUR, after());
        try (Node other = make("b")) {
            cache.put(root, "a", other, HOUR, after());
            assertThat(nodes.size()).as("the root and the other").isEqualTo(2);
            assertThat(is(other, cache.get(root, "a"))).isTrue();
        }
    }

    private static boolean is(Node wanted, @Nullable Node known) {
        try (known) {
            return known == wanted;
        }
    }

    @Test
    void filesThatShallBeForgottenAreForgottenByAllTheirNames() throws IOException {
        put("other", HOUR, after());
        try (Node node = make("a")) {
            cache.put(root, "a", node, HOUR, after());
            cache.put(root, "second", node, HOUR, after());
            cache.drop(Set.of(node.id(), 4711L));
        }
        assertThat(knows("a")).isFalse();
        assertThat(knows("second")).isFalse();
        assertThat(knows("other")).isTrue();
    }

    @Test
    void oneWithoutRoomKeepsNothing() throws IOException {
        EntryCache none = new EntryCache(0);
        try (Node node = make("a")) {
            none.put(root, "a", node, HOUR, after());
        }
        assertThat(none.get(root, "a")).isNull();
    }
}
