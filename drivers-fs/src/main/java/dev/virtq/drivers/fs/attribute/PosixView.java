package dev.virtq.drivers.fs.attribute;

import dev.virtq.drivers.fs.fuse.AttributeChange;
import java.io.IOException;
import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The views {@code basic}, {@code owner} and {@code posix}, which differ in name only. */
public final class PosixView implements PosixFileAttributeView {
    private final Subject subject;
    private final int mount;
    private final String name;

    /**
     * Makes a view.
     *
     * @param subject of which file
     * @param mount the number of the mount
     * @param name {@code basic}, {@code owner} or {@code posix}
     */
    public PosixView(Subject subject, int mount, String name) {
        this.subject = subject;
        this.mount = mount;
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ShareAttributes readAttributes() throws IOException {
        return new ShareAttributes(subject.attributes(), mount);
    }

    void change(AttributeChange change) throws IOException {
        subject.with((share, node) -> {
            share.change(node, change);
            return this;
        });
    }

    /** {@inheritDoc} The time when it was made cannot be set, and is passed over. */
    @Override
    public void setTimes(
            @Nullable FileTime lastModifiedTime,
            @Nullable FileTime lastAccessTime,
            @Nullable FileTime createTime)
            throws IOException {
        AttributeChange change = AttributeChange.NONE;
        if (lastModifiedTime != null) {
            change = change.modified(ShareAttributes.time(lastModifiedTime));
        }
        if (lastAccessTime != null) {
            change = change.accessed(ShareAttributes.time(lastAccessTime));
        }
        if (change != AttributeChange.NONE) {
            change(change);
        }
    }

    @Override
    public void setPermissions(Set<PosixFilePermission> perms) throws IOException {
        change(AttributeChange.NONE.mode(Permissions.mode(perms)));
    }

    @Override
    public UserPrincipal getOwner() throws IOException {
        return readAttributes().owner();
    }

    @Override
    public void setOwner(UserPrincipal owner) throws IOException {
        Objects.requireNonNull(owner);
        if (owner instanceof Principal.Group) {
            throw new IOException("'owner' parameter can't be a group");
        }
        change(AttributeChange.NONE.user(number(owner)));
    }

    @Override
    public void setGroup(GroupPrincipal group) throws IOException {
        Objects.requireNonNull(group);
        change(AttributeChange.NONE.group(number(group)));
    }

    private static int number(UserPrincipal principal) {
        if (principal instanceof Principal ours) {
            return ours.number();
        }
        throw new ProviderMismatchException(
                "%s is not from this file system's lookup service".formatted(principal));
    }
}
