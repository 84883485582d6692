package dev.virtq.drivers.fs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client has to make of an answer. It reads the same bytes with other code: what it says and
 * what the client does must agree.
 */
final class AnswerJudge {
    static final int OUT_HEADER = 16;
    static final int ENTRY = 128;
    static final int DIRENT = 24;

    private static final int LARGEST_ERROR = 4095;
    private static final int ENOENT = 2;
    private static final int LONGEST_NAME = 255;
    private static final int TYPES =
            1 << 1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 12; // S_IFIFO to S_IFSOCK

    /** What has to become of it. */
    enum Verdict {
        VALUE,
        ERROR,
        NONSENSE
    }

    /**
     * A verdict.
     *
     * @param error the error, for {@link Verdict#ERROR}
     * @param nodes those that a client counts a lookup of
     */
    record Judged(Verdict verdict, int error, List<Long> nodes) {
        static Judged of(Verdict verdict) {
            return new Judged(verdict, 0, List.of());
        }
    }

    private final ByteBuffer request;
    private final int opcode;

    AnswerJudge(ByteBuffer request) {
        this.request = request;
        opcode = request.getInt(4);
    }

    Judged judge(byte[] written) {
        ByteBuffer answer = ByteBuffer.wrap(written).order(ByteOrder.LITTLE_ENDIAN);
        if (written.length < OUT_HEADER
                || answer.getLong(8) != request.getLong(8)
                || answer.getInt(0) < OUT_HEADER
                || answer.getInt(0) > written.length
                || answer.getInt(4) > 0
                || answer.getInt(4) < -LARGEST_ERROR) {
            return Judged.of(Verdict.NONSENSE);
        }
        int error = -answer.getInt(4);
        if (error != 0) {
            return new Judged(Verdict.ERROR, error, List.of());
        }
        ByteBuffer body =
                answer.slice(OUT_HEADER, answer.getInt(0) - OUT_HEADER)
                        .order(ByteOrder.LITTLE_ENDIAN);
        return judge(body);
    }

    private Judged judge(ByteBuffer body) {
        int size = body.remaining();
        return switch (opcode) {
            case 1 -> size == ENTRY ? entry(body, -1, true) : Judged.of(Verdict.NONSENSE);
            case 6 -> size == ENTRY ? entry(body, 10, false) : Judged.of(Verdict.NONSENSE);
            case 8 ->
                    size == ENTRY
                            ? entry(body, (request.getInt(40) >>> 12) & 0xf, false)
                            : Judged.of(Verdict.NONSENSE);
            case 9 -> size == ENTRY ? entry(body, 4, false) : Judged.of(Verdict.NONSENSE);
            case 13 -> size == ENTRY ? entry(body, -1, false) : Judged.of(Verdict.NONSENSE);
            case 35 -> size == ENTRY + 16 ? entry(body, 8, false) : Judged.of(Verdict.NONSENSE);
            case 3, 4 -> when(size == 104 && isTime(body.getInt(8)) && areAttributes(body, 16));
            case 14, 27 -> when(size == 16);
            case 16 ->
                    when(
                            size == 8
                                    && (body.getInt(0) & 0xffff_ffffL)
                                            <= (request.getInt(56) & 0xffff_ffffL));
            case 17 -> when(size == 80);
            case 31 -> when(size == 24 && Integer.compareUnsigned(body.getInt(16), 2) <= 0);
            case 46 -> when(size == 8 && body.getLong(0) >= 0);
            case 47 -> when(size == 8 && (body.getInt(0) & 0xffff_ffffL) <= request.getLong(80));
            case 53 ->
                    when(
                            size == 8
                                    && body.getLong(0) >= 0
                                    && body.getLong(0) <= request.getLong(80));
            case 5, 15, 22 -> Judged.of(Verdict.VALUE); // bytes, as many as there is room for
            case 23 -> when(size == 0 || body.get(size - 1) == 0);
            case 28, 44 -> directory(body, opcode == 44);
            default -> when(size == 0);
        };
    }

    private static Judged when(boolean sense) {
        return Judged.of(sense ? Verdict.VALUE : Verdict.NONSENSE);
    }

    /** What was found, or made: then it is of the type that was asked for. */
    private static Judged entry(ByteBuffer body, int type, boolean mayBeNone) {
        long node = body.getLong(0);
        if (node == 0) {
            return mayBeNone
                    ? new Judged(Verdict.ERROR, ENOENT, List.of())
                    : Judged.of(Verdict.NONSENSE);
        }
        if (node == 1 || !isEntry(body, 0)) {
            return Judged.of(Verdict.NONSENSE);
        }
        boolean asAsked = type < 0 || ((body.getInt(40 + 60) >>> 12) & 0xf) == type;
        return new Judged(asAsked ? Verdict.VALUE : Verdict.NONSENSE, 0, List.of(node));
    }

    private static Judged directory(ByteBuffer body, boolean plus) {
        List<Long> nodes = new ArrayList<>();
        int at = 0;
        int before = plus ? ENTRY : 0;
        while (at < body.limit()) {
            if (body.limit() - at < before + DIRENT) {
                return new Judged(Verdict.NONSENSE, 0, nodes);
            }
            long node = plus ? body.getLong(at) : 0;
            if (node != 0 && !isEntry(body, at)) {
                return new Judged(Verdict.NONSENSE, 0, nodes);
            }
            int length = body.getInt(at + before + 16);
            int start = at + before + DIRENT;
            if (length < 1 || length > LONGEST_NAME || length > body.limit() - start) {
                return new Judged(Verdict.NONSENSE, 0, nodes);
            }
            byte[] name = new byte[length];
            body.get(start, name);
            boolean dots = isDots(name);
            if ((node == 1 && !dots) || !isName(name)) {
                return new Judged(Verdict.NONSENSE, 0, nodes);
            }
            if (node != 0 && !dots) {
                nodes.add(node);
            }
            at = start + ((length + 7) & ~7); // DIRENT is a multiple of 8
        }
        return new Judged(Verdict.VALUE, 0, nodes);
    }

    private static boolean isDots(byte[] name) {
        return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
    }

    private static boolean isName(byte[] name) {
        for (byte octet : name) {
            if (octet == 0 || octet == '/') {
                return false;
            }
        }
        return true;
    }

    private static boolean isEntry(ByteBuffer body, int at) {
        return isTime(body.getInt(at + 32))
                && isTime(body.getInt(at + 36))
                && areAttributes(body, at + 40);
    }

    private static boolean areAttributes(ByteBuffer body, int at) {
        boolean clocks = true;
        for (int i = 0; i < 3; i++) {
            long seconds = body.getLong(at + 24 + 8 * i);
            clocks &=
                    seconds >= Instant.MIN.getEpochSecond()
                            && seconds <= Instant.MAX.getEpochSecond()
                            && isTime(body.getInt(at + 48 + 4 * i));
        }
        int type = (body.getInt(at + 60) >>> 12) & 0xf;
        return clocks && body.getLong(at + 8) >= 0 && ((TYPES >>> type) & 1) != 0;
    }

    private static boolean isTime(int nanoseconds) {
        return Integer.compareUnsigned(nanoseconds, 1_000_000_000) < 0;
    }
}
