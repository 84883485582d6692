package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.AnswerJudge.Judged;
import dev.virtq.drivers.fs.AnswerJudge.Verdict;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Must;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers to FUSE requests: one that makes sense, in which the input changes this and that, or
 * nothing. It keeps account of what it has answered, and of what was given back.
 */
final class ScriptedAnswers {
    private static final int HEADER = 40;
    private static final List<String> NAMES =
            List.of("a", "b", "file", ".", "..", "\u00e9", "n".repeat(255));
    private static final List<Integer> TYPES = List.of(8, 4, 10, 8, 4, 1, 2, 6, 12);
    private static final List<Integer> EDGES =
            List.of(
                    0,
                    -1,
                    1,
                    0xf000,
                    0x8000,
                    1_000_000_000,
                    Integer.MIN_VALUE,
                    -4096,
                    256,
                    16,
                    0x7fff_ffff);

    private static final List<Byte> BYTES =
            List.of((byte) 0, (byte) '/', (byte) '.', (byte) 0xff, (byte) 'a');

    private final Input input;

    /** A driver that does not look at the number of an answer. */
    private final boolean forgives;

    /** How often each node was named in an answer that makes sense, and not forgotten. */
    final Map<Long, Long> lookups = new HashMap<>();

    private @Nullable Judged last;
    private boolean mayWithhold;
    private int open;

    ScriptedAnswers(Input input, boolean forgives) {
        this.input = input;
        this.forgives = forgives;
    }

    /** From now on, one answer may not come. */
    void withhold() {
        mayWithhold = true;
    }

    /** {@return how many files and directories are open} */
    int open() {
        return open;
    }

    /** {@return what the last answer had to lead to; null when there was none; it is forgotten} */
    @Nullable Judged takeLast() {
        Judged taken = last;
        last = null;
        return taken;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Takes note of what has no answer. */
    void hear(byte[] bytes) {
        ByteBuffer request = little(bytes);
        Must.hold(request.getInt(0) == bytes.length, "another length than it says");
        switch (request.getInt(4)) {
            case 2 -> forget(request.getLong(16), request.getLong(HEADER));
            case 42 -> {
                int count = request.getInt(HEADER);
                Must.hold(bytes.length == HEADER + 8 + 16 * count, "forgets others", count);
                for (int i = 0; i < count; i++) {
                    int at = HEADER + 8 + 16 * i;
                    forget(request.getLong(at), request.getLong(at + 8));
                }
            }
            default -> throw new AssertionError("5.11.6.2.2#2: opcode " + request.getInt(4));
        }
    }

    private void forget(long node, long count) {
        long left = lookups.getOrDefault(node, 0L) - count;
        Must.hold(left >= 0, "forgotten more often than looked up", node, count, left);
        if (left == 0) {
            lookups.remove(node);
        } else {
            lookups.put(node, left);
        }
    }

    Optional<byte[]> answer(byte[] bytes, long room) {
        ByteBuffer request = little(bytes);
        int opcode = request.getInt(4);
        Must.hold(request.getInt(0) == bytes.length, "another length than it says");
        Must.hold(room >= AnswerJudge.OUT_HEADER, "no room for an answer", room);
        Must.hold(opcode != 2 && opcode != 42 && opcode != 36, "5.11.6.2.2#1", opcode);
        if (opcode == 18 || opcode == 29) { // whatever the answer is
            open--;
            Must.hold(open >= 0, "closed more often than opened");
        }
        int change = input.below(16);
        if (change == 15 && opcode != 26 && mayWithhold) {
            mayWithhold = false;
            last = null;
            return Optional.empty();
        }
        byte[] honest = honest(request, opcode, (int) room);
        byte[] told = change < 9 ? honest : changed(honest, request.getLong(8), change);
        byte[] written = told.length > room ? Arrays.copyOf(told, (int) room) : told;
        Judged judged = new AnswerJudge(request).judge(written);
        if (opcode != 26) {
            keepAccount(opcode, judged);
        }
        if (forgives && written.length >= AnswerJudge.OUT_HEADER) {
            little(written).putLong(8, request.getLong(8));
        }
        return Optional.of(written);
    }

    private void keepAccount(int opcode, Judged judged) {
        last = judged;
        judged.nodes().forEach(node -> lookups.merge(node, 1L, Long::sum));
        boolean opens = opcode == 14 || opcode == 27 || opcode == 35;
        if (opens && judged.verdict() == Verdict.VALUE) {
            open++;
        }
    }

    /** Another error, another number, another length, other bytes. */
    private byte[] changed(byte[] honest, long unique, int change) {
        ByteBuffer answer = little(honest);
        switch (change) {
            case 9 -> {
                byte[] error = Arrays.copyOf(honest, AnswerJudge.OUT_HEADER);
                little(error).putInt(0, error.length).putInt(4, -1 - input.below(133));
                return error;
            }
            case 10 -> answer.putInt(4, input.flag() ? input.pick(EDGES) : input.i32());
            case 11 -> answer.putLong(8, input.flag() ? unique + 2 : ~unique);
            case 12 -> answer.putInt(0, answer.getInt(0) + input.between(-17, 17));
            case 13 -> {
                byte[] cut = Arrays.copyOf(honest, input.below(honest.length + 1));
                if (input.flag() && cut.length >= AnswerJudge.OUT_HEADER) {
                    little(cut).putInt(0, cut.length);
                }
                return cut;
            }
            default -> {
                for (int i = input.below(4); i >= 0; i--) {
                    if (honest.length >= AnswerJudge.OUT_HEADER + 4) {
                        int words = (honest.length - AnswerJudge.OUT_HEADER) / 4;
                        int at = AnswerJudge.OUT_HEADER + 4 * input.below(words);
                        answer.putInt(at, input.flag() ? input.pick(EDGES) : input.i32());
                    }
                }
                if (input.flag() && honest.length > AnswerJudge.OUT_HEADER) {
                    int at = AnswerJudge.OUT_HEADER;
                    at += input.below(honest.length - at);
                    answer.put(at, input.pick(BYTES));
                }
            }
        }
        return honest;
    }

    private byte[] honest(ByteBuffer request, int opcode, int room) {
        ByteBuffer answer =
                ByteBuffer.allocate(AnswerJudge.OUT_HEADER + (64 << 10))
                        .order(ByteOrder.LITTLE_ENDIAN);
        answer.position(AnswerJudge.OUT_HEADER);
        switch (opcode) {
            case 1, 13 -> entry(answer, input.pick(TYPES));
            case 6 -> entry(answer, 10);
            case 8 -> entry(answer, (request.getInt(HEADER) >>> 12) & 0xf);
            case 9 -> entry(answer, 4);
            case 35 -> {
                entry(answer, 8);
                answer.putLong(input.u8()).putInt(input.u8()).putInt(0);
            }
            case 3, 4 -> {
                answer.putLong(input.u8()).putInt(0).putInt(0);
                attributes(answer, request.getLong(16) == 1 ? 4 : input.pick(TYPES));
            }
            case 14, 27 -> answer.putLong(input.u8()).putInt(input.u8()).putInt(0);
            case 5 -> answer.put(input.pick(NAMES).getBytes(StandardCharsets.UTF_8));
            case 15, 22 -> answer.put(input.bytes(Math.min(room - 16, input.u8())));
            case 16 -> answer.putInt(request.getInt(HEADER + 16)).putInt(0);
            case 17 -> statistics(answer);
            case 23 -> answer.put("user.a\0user.b\0".getBytes(StandardCharsets.UTF_8));
            case 26 -> init(answer);
            case 28, 44 -> directory(answer, request.getLong(HEADER + 8), opcode == 44);
            case 31 -> answer.putLong(0).putLong(9).putInt(input.below(3)).putInt(0);
            case 46 -> answer.putLong(input.u16());
            case 47 -> answer.putInt((int) Math.min(input.u16(), request.getLong(80))).putInt(0);
            case 53 -> answer.putLong(Math.min(input.u16(), request.getLong(80)));
            default -> {}
        }
        byte[] bytes = Arrays.copyOf(answer.array(), answer.position());
        little(bytes).putInt(0, bytes.length).putLong(8, request.getLong(8));
        return bytes;
    }

    private void entry(ByteBuffer answer, int type) {
        answer.putLong(2 + input.below(5)).putLong(0);
        answer.putLong(input.below(4)).putLong(input.below(4)).putInt(0).putInt(0);
        attributes(answer, type);
    }

    private void attributes(ByteBuffer answer, int type) {
        answer.putLong(input.u8()).putLong(input.u16()).putLong(0);
        answer.putLong(0).putLong(input.u8()).putLong(0).putInt(0).putInt(0).putInt(0);
        answer.putInt((type << 12) | 0x1a4).putInt(1).putInt(0).putInt(0).putInt(0).putInt(4096);
        answer.putInt(0);
    }

    private void statistics(ByteBuffer answer) {
        for (int i = 0; i < 5; i++) {
            answer.putLong(input.u16());
        }
        answer.putInt(4096).putInt(255).putInt(input.flag() ? 512 : 0);
        answer.put(new byte[28]);
    }

    private void init(ByteBuffer answer) {
        answer.putInt(7).putInt(31 + input.below(15)).putInt(0).putInt(input.flag() ? -1 : 0);
        answer.putShort((short) 0).putShort((short) 0).putInt(4096).putInt(1);
        answer.putShort((short) 1).putShort((short) 0).putInt(input.flag() ? -1 : 0);
        answer.put(new byte[28]);
    }

    private void directory(ByteBuffer answer, long offset, boolean plus) {
        long next = offset;
        for (int i = input.below(5); i > 0; i--) {
            String name = input.pick(NAMES);
            if (plus) {
                int from = answer.position();
                entry(answer, input.pick(TYPES));
                if (name.startsWith(".") || input.below(4) == 3) {
                    answer.putLong(from, 0); // nothing was looked up
                }
            }
            next = input.below(8) == 7 ? input.below(4) : next + 1; // back, and round in a circle
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            answer.putLong(7).putLong(next).putInt(bytes.length).putInt(8).put(bytes);
            answer.put(new byte[-bytes.length & 7]);
        }
    }
}
