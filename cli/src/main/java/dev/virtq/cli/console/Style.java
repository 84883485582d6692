package dev.virtq.cli.console;

/** How a piece of text stands out on a terminal. */
public enum Style {
    /** A heading, or what the eye shall find first. */
    STRONG("1"),
    /** What matters less than the rest. */
    FAINT("2"),
    /** What is well. */
    GOOD("32"),
    /** What is about to change. */
    BUSY("33"),
    /** What is wrong. */
    BAD("31"),
    /** What the device has. */
    DEVICE("36"),
    /** What the driver has. */
    DRIVER("35");

    private final String code;

    Style(String code) {
        this.code = code;
    }

    /**
     * {@return the text between the escape codes of this style}
     *
     * @param text without escape codes
     */
    String wrap(String text) {
        return "\u001b[" + code + "m" + text + "\u001b[0m";
    }
}
