package dev.virtq.machine.sim.network;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a user network serves beyond its addresses, as QEMU's {@code -netdev user,tftp=,bootfile=}.
 *
 * @param tftpDirectory the directory that TFTP serves; null when it serves none
 * @param bootFile the boot file that DHCP names; null when it names none
 */
public record UserNetworkSettings(@Nullable Path tftpDirectory, @Nullable String bootFile) {
    /** Nothing. */
    public static final UserNetworkSettings NOTHING = new UserNetworkSettings(null, null);

    /** Checks that the boot file fits the field it is sent in. */
    public UserNetworkSettings {
        if (bootFile != null && DhcpService.bootFileField(bootFile) == null) {
            throw new IllegalArgumentException(
                    "boot file \"%s\" is too long (expected: at most %d bytes)"
                            .formatted(bootFile, DhcpService.LONGEST_BOOT_FILE));
        }
    }
}
