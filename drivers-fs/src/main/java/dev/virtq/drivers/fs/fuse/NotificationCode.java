package dev.virtq.drivers.fs.fuse;

import org.jspecify.annotations.Nullable;

/** What a notification is about, by the names of {@code enum fuse_notify_code}. */
enum NotificationCode {
    INVAL_INODE(2),
    INVAL_ENTRY(3),
    DELETE(6),
    INC_EPOCH(8),
    PRUNE(9);

    private final int number;

    NotificationCode(int number) {
        this.number = number;
    }

    /** {@return the code of a number; null when it is none, or one of what is not done here} */
    static @Nullable NotificationCode of(int number) {
        for (NotificationCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return null;
    }
}
