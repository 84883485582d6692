package dev.virtq.machine.sim.hostile;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceStatus;
import dev.virtq.device.FeatureSet;

/**
 * Lies about everything beside the rings: status, features, sizes, configuration, notifications.
 * What becomes of each is in {@code docs/hostile.md}.
 */
public enum RegisterLie implements Mischief {
    /** A configuration whose generation is another one each time. */
    CONFIG_NEVER_HOLDS_STILL {
        @Override
        public int generation(int honest, int reads) {
            return honest + reads + 1;
        }

        @Override
        public int configRead(int honest, int reads) {
            return honest ^ reads;
        }
    },
    /** A configuration that changes a few times while it is read, and then holds still. */
    CONFIG_CHANGES_A_FEW_TIMES {
        @Override
        public int generation(int honest, int reads) {
            return honest - Math.max(0, FEW - reads);
        }

        @Override
        public int configRead(int honest, int reads) {
            return reads < FEW ? ~honest : honest;
        }
    },
    /** A queue that has no size. */
    QUEUE_SIZE_ZERO {
        @Override
        public int maxQueueSize(int honest) {
            return 0;
        }
    },
    /** A queue that is larger than any can be. */
    QUEUE_SIZE_TOO_LARGE {
        @Override
        public int maxQueueSize(int honest) {
            return 0x8001;
        }
    },
    /** A queue whose size is not a power of two. */
    QUEUE_SIZE_ODD {
        @Override
        public int maxQueueSize(int honest) {
            return honest == 0 ? 0 : 12345;
        }
    },
    /** Features of the ring that are offered when they are first read, and not any more. */
    FEATURES_CHANGE {
        @Override
        public FeatureSet offeredFeatures(FeatureSet honest, int reads) {
            return reads == 0 ? honest : FeatureSet.of(CommonFeature.VERSION_1);
        }
    },
    /** Features of the ring that are no longer offered. */
    FEATURES_WITHDRAWN {
        @Override
        public FeatureSet offeredFeatures(FeatureSet honest, int reads) {
            return FeatureSet.of(CommonFeature.VERSION_1);
        }
    },
    /** A device that says it is a legacy device. */
    VERSION_1_WITHDRAWN {
        @Override
        public FeatureSet offeredFeatures(FeatureSet honest, int reads) {
            return honest.without(CommonFeature.VERSION_1);
        }
    },
    /** Every bit that there is, known or not. */
    ALL_FEATURES_OFFERED {
        @Override
        public FeatureSet offeredFeatures(FeatureSet honest, int reads) {
            return new FeatureSet(-1, -1);
        }
    },
    /** Features that are not taken. */
    FEATURES_NOT_TAKEN {
        @Override
        public int status(int honest) {
            return honest & ~DeviceStatus.FEATURES_OK.mask();
        }
    },
    /** NEEDS_RESET, with the notification that belongs to it. */
    NEEDS_RESET {
        @Override
        public int status(int honest) {
            return honest == 0 ? 0 : honest | DeviceStatus.DEVICE_NEEDS_RESET.mask();
        }

        @Override
        public boolean configNotification(boolean honest) {
            return true;
        }
    },
    /** NEEDS_RESET, and not a word of it. */
    NEEDS_RESET_UNANNOUNCED {
        @Override
        public int status(int honest) {
            return honest == 0 ? 0 : honest | DeviceStatus.DEVICE_NEEDS_RESET.mask();
        }
    },
    /** A reset that the device does not hear, while it goes on. */
    RESET_IGNORED {
        @Override
        public boolean takesReset() {
            return false;
        }
    },
    /** A reset of one queue that the device does not hear, while it goes on using it. */
    QUEUE_RESET_IGNORED {
        @Override
        public boolean confirmsQueueReset(int queue) {
            return false;
        }
    },
    /** A status that is not the device's. */
    STATUS_NONSENSE {
        @Override
        public int status(int honest) {
            return 0xb5;
        }
    },
    /** A status that is always as after a reset. */
    STATUS_ZERO {
        @Override
        public int status(int honest) {
            return 0;
        }
    },
    /** Notifications of both kinds, all the time. */
    NOTIFICATION_STORM {
        @Override
        public boolean notification(boolean honest) {
            return true;
        }

        @Override
        public boolean configNotification(boolean honest) {
            return true;
        }
    },
    /** No notification, ever. */
    NO_NOTIFICATIONS {
        @Override
        public boolean notification(boolean honest) {
            return false;
        }

        @Override
        public boolean configNotification(boolean honest) {
            return false;
        }
    };

    /** Fewer times than a driver tries. */
    private static final int FEW = 6;
}
