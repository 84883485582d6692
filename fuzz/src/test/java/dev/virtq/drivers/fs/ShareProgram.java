package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.AnswerJudge.Judged;
import dev.virtq.drivers.fs.AnswerJudge.Verdict;
import dev.virtq.drivers.fs.fuse.FuseException;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.fuse.FuseProtocolException;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.memory.DmaMemory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.time.Duration;

/**
 * A share whose server answers anything. What must hold:
 *
 * <ul>
 *   <li>an answer that makes sense is a value, an error of the server the exception of that error,
 *       and nonsense a {@link FuseProtocolException}: {@link AnswerJudge} says which it is;
 *   <li>nothing but {@link IOException}s comes out of {@code java.nio.file}, and it comes to an
 *       end;
 *   <li>no more bytes come out than were asked for, and no name that is none;
 *   <li>in the end each lookup was forgotten, each file closed, and all memory given back.
 * </ul>
 */
public final class ShareProgram {
    private static final int STEPS = 12;
    private static final int LARGEST = 4096;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration IMPATIENCE = Duration.ofMillis(4);

    private final Input input;
    private final ScriptedAnswers answers;
    private final ScriptedShare device;
    private boolean impatient;

    private ShareProgram(byte[] bytes, boolean planted) {
        input = new Input(bytes);
        answers = new ScriptedAnswers(input, planted);
        device = new ScriptedShare(answers);
    }

    /** Runs a program. */
    public static void run(byte[] bytes) {
        new ShareProgram(bytes, false).run();
    }

    /** The same, with a driver that takes each answer for the one that it waits for. */
    public static void withoutUniqueCheck(byte[] bytes) {
        new ShareProgram(bytes, true).run();
    }

    private void run() {
        DmaMemory memory = device.memory();
        long before = memory.available();
        impatient = input.below(16) == 15;
        FuseOptions fuse =
                FuseOptions.DEFAULT
                        .withLargestTransfer(LARGEST)
                        .withTimeout(impatient ? IMPATIENCE : PATIENCE);
        MountOptions options = MountOptions.DEFAULT.withFuse(fuse);
        if (input.flag()) {
            options = options.withoutCache();
        }
        try (VirtioFileSystem share = VirtioFileSystem.mount(device, options)) {
            Landmarks.reach("mounted");
            answers.takeLast();
            if (impatient) {
                answers.withhold();
            }
            RawSteps raw = new RawSteps(input, share.client());
            FileSteps files = new FileSteps(input, share);
            for (int i = 0; i < STEPS && !input.isExhausted(); i++) {
                if (input.flag()) {
                    ask(raw);
                } else {
                    use(files);
                }
            }
        } catch (IOException e) {
            checkType(e);
            Landmarks.reach("not mounted");
        }
        device.calmly(() -> {
            if (impatient) {
                return false; // whoever did not wait for an answer has not counted what is in it
            }
            Must.hold(answers.lookups.isEmpty(), "not forgotten", answers.lookups);
            Must.hold(answers.open() == 0, "not closed", answers.open());
            return true;
        });
        Must.hold(memory.quarantined() == 0, "memory in quarantine", memory.quarantined());
        Must.hold(memory.available() == before, "lost memory", before - memory.available());
    }

    /** One request, whose answer is known. */
    private void ask(RawSteps raw) {
        answers.takeLast();
        try {
            raw.step();
            expect(Verdict.VALUE, 0, "was believed");
            Landmarks.reach("value");
        } catch (FuseException e) {
            expect(Verdict.ERROR, e.number(), "is an error");
            Landmarks.reach("error");
        } catch (FuseProtocolException e) {
            expect(Verdict.NONSENSE, 0, "makes no sense");
            Landmarks.reach("nonsense");
        } catch (InterruptedIOException e) {
            Must.hold(impatient, "an answer was not waited for", e);
            Landmarks.reach("no answer");
        } catch (IOException e) {
            throw new AssertionError("an exception of another type", e);
        } finally {
            raw.tidy();
        }
    }

    private void expect(Verdict verdict, int error, String what) {
        Judged judged = answers.takeLast();
        Must.hold(
                judged != null && judged.verdict() == verdict && judged.error() == error,
                "an answer " + what,
                error,
                String.valueOf(judged));
    }

    private static void use(FileSteps files) {
        try {
            files.step();
        } catch (UncheckedIOException e) {
            checkType(e.getCause());
        } catch (DirectoryIteratorException e) {
            checkType(e.getCause());
        } catch (IOException e) {
            checkType(e);
        }
    }

    private static void checkType(IOException e) {
        String message = String.valueOf(e.getMessage());
        Must.hold(message.lines().count() <= 1, "not one line", e);
        Landmarks.reach(e.getClass().getSimpleName());
    }
}
