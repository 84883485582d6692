package dev.virtq.machine.sim.fuse;

import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.machine.sim.tree.MemoryTree;
import dev.virtq.queue.ring.DriverFaultException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a driver may send to the server of the simulated device. What must hold: each request is
 * answered, with its own number, an error that there is, and no more bytes than there is room for;
 * what nobody could answer is a {@link DriverFaultException}; and when the session ends, nothing is
 * held.
 */
public final class ServerProgram {
    private static final int HEADER = 40;
    private static final int OUT_HEADER = 16;
    private static final int INIT = 26;
    private static final int REQUESTS = 16;
    private static final int ENOTDIR = 20;
    private static final List<Integer> OPCODES =
            List.of(
                    35, 9, 1, 3, 14, 15, 16, 27, 28, 44, 18, 29, 2, 42, 4, 5, 6, 8, 10, 11, 12, 13,
                    17, 20, 21, 22, 23, 24, 25, 30, 31, 32, 33, 34, 36, 38, 43, 45, 46, 47, 50, 52,
                    53, 48, 26);
    private static final List<String> NAMES =
            List.of("a", "b", "..", ".", "a/b", "", "user.x", "n".repeat(256));

    private final Input input;
    private final boolean planted;
    private final FuseServer server =
            new FuseServer(new MemoryTree(1 << 16), ServerSettings.DEFAULT, null);
    private long unique;

    private ServerProgram(byte[] bytes, boolean planted) {
        input = new Input(bytes);
        this.planted = planted;
    }

    /** Sends requests. */
    public static void run(byte[] bytes) {
        new ServerProgram(bytes, false).run();
    }

    /** The same, to a server that dies of what is no directory. */
    public static void dyingOfFiles(byte[] bytes) {
        new ServerProgram(bytes, true).run();
    }

    private void run() {
        if (!input.flag()) {
            byte[] hello = new byte[64];
            little(hello).putInt(0, 7).putInt(4, 45).putInt(12, -1);
            send(INIT, 0, hello, 1 << 12);
        }
        for (int i = 0; i < REQUESTS && !input.isExhausted(); i++) {
            int opcode = input.pick(OPCODES);
            long node = input.below(8) == 7 ? input.i64() : 1 + input.below(4);
            send(opcode, node, fields(), input.below(8) == 7 ? input.u16() : 1 << 13);
        }
        server.end();
        FuseServer.Holdings held = server.holdings();
        Must.hold(held.open() == 0 && held.locks() == 0, "something is held", held);
        Must.hold(held.lookups().isEmpty() && held.waiting() == 0, "something is held", held);
    }

    private void send(int opcode, long node, byte[] fields, int room) {
        byte[] all = new byte[HEADER + fields.length];
        ByteBuffer bytes = little(all);
        int length = input.below(32) == 31 ? input.i32() : bytes.capacity();
        unique++;
        bytes.putInt(length).putInt(opcode).putLong(unique).putLong(node);
        bytes.put(HEADER, fields);
        FuseRequest request;
        try {
            request = new FuseRequest(all);
        } catch (DriverFaultException fault) {
            Must.hold(length != bytes.capacity(), "a request was refused", fault);
            Landmarks.reach("fault");
            return;
        }
        if (request.isHighPriority()) {
            hear(request);
            return;
        }
        byte[] answer = server.serve(request, room, unique);
        for (LateAnswer late = server.nextLate(); late != null; late = server.nextLate()) {
            Landmarks.reach("late answer");
        }
        if (answer == null) {
            Landmarks.reach("waits");
            return;
        }
        check(little(answer), room);
    }

    private void hear(FuseRequest request) {
        try {
            server.hear(request);
            Landmarks.reach("heard");
        } catch (DriverFaultException fault) {
            Landmarks.reach("not heard");
        }
    }

    private void check(ByteBuffer answer, int room) {
        int error = -answer.getInt(4);
        Must.hold(answer.getInt(0) == answer.capacity(), "another length than it says");
        Must.hold(answer.getLong(8) == unique, "the number of another request");
        Must.hold(error >= 0 && error <= 4095, "no error", error);
        Must.hold(error == 0 || answer.capacity() == OUT_HEADER, "an error with more", error);
        Must.hold(
                room < 1 << 12 || answer.capacity() <= room + OUT_HEADER,
                "more than there is room for",
                room);
        if (planted && error == ENOTDIR) {
            throw new IllegalStateException("no directory");
        }
        Landmarks.reach(error == 0 ? "done" : "error");
    }

    /** Numbers, mostly small ones, and names. */
    private byte[] fields() {
        ByteBuffer fields = little(new byte[1 << 10]);
        for (int i = input.below(12); i > 0; i--) {
            switch (input.below(8)) {
                case 0 -> fields.putInt(0);
                case 1 -> fields.putInt(input.u8());
                case 2 -> fields.putInt(input.i32());
                case 3 -> fields.putLong(input.u8());
                case 4 -> fields.putLong(input.i64());
                case 5 -> fields.putInt(0x8000 | input.u8());
                default ->
                        fields.put(input.pick(NAMES).getBytes(StandardCharsets.UTF_8))
                                .put((byte) 0);
            }
            if (fields.remaining() < 600) {
                break;
            }
        }
        byte[] all = new byte[fields.position()];
        fields.get(0, all);
        return all;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
