package dev.virtq.machine.qemu;

import java.util.List;
import java.util.regex.Pattern;

/** QEMU's {@code key=value,…} options. */
final class QemuOptions {
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final Pattern OPTION =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*=.*", Pattern.DOTALL);

    private QemuOptions() {}

    static String join(String first, List<String> options) {
        StringBuilder text = new StringBuilder(first);
        for (String option : options) {
            text.append(',').append(option);
        }
        return text.toString();
    }

    /** A comma ends an option's value, two stand for one. */
    static String escape(Object value) {
        return value.toString().replace(",", ",,");
    }

    static void checkWord(String what, String word) {
        if (!WORD.matcher(word).matches()) {
            throw new IllegalArgumentException(
                    "%s has letters, digits and ._- only, got '%s'".formatted(what, word));
        }
    }

    static void checkOption(String what, String option) {
        if (!OPTION.matcher(option).matches()) {
            throw new IllegalArgumentException(
                    "%s is written name=value, got '%s'".formatted(what, option));
        }
    }
}
