package dev.virtq.cli.value;

import dev.virtq.machine.InterruptMode;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The words for an {@link InterruptMode}, for picocli: it reads them, and completes them. */
public final class InterruptModes implements ITypeConverter<InterruptMode>, Iterable<String> {
    private static final List<String> WORDS =
            Stream.of(InterruptMode.values()).map(InterruptMode::toString).toList();

    /** Makes one; picocli does. */
    public InterruptModes() {}

    @Override
    public InterruptMode convert(String word) {
        for (InterruptMode mode : InterruptMode.values()) {
            if (mode.toString().equals(word)) {
                return mode;
            }
        }
        throw new TypeConversionException(
                "'%s' is no way to be interrupted (expected: %s)"
                        .formatted(word, String.join(", ", WORDS)));
    }

    @Override
    public Iterator<String> iterator() {
        return WORDS.iterator();
    }
}
