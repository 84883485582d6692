package dev.virtq.cli.session;

import com.fasterxml.jackson.annotation.JsonValue;

/** Who drives a device. */
public enum Driver {
    /** It is as the machine started it, or as a reset left it. */
    NOBODY("nobody"),
    /** The user, one chain at a time. */
    HANDS("bare hands"),
    /** virtq's network driver. */
    NETWORK("the network driver"),

    /** virtq's file system driver. */
    SHARE("the file system driver");

    private final String text;

    Driver(String text) {
        this.text = text;
    }

    /** {@return the name that programs rely on} */
    @JsonValue
    public String id() {
        return switch (this) {
            case NOBODY -> "nobody";
            case HANDS -> "raw";
            case NETWORK -> "net";
            case SHARE -> "fs";
        };
    }

    /** {@return who it is, for people} */
    @Override
    public String toString() {
        return text;
    }
}
