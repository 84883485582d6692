package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FuseException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** Gives the server's errors the types that {@code java.nio.file} has for them. */
public final class ShareErrors {
    private ShareErrors() {}

    /**
     * {@return which error a server or a walk gave; null when it is of another kind}
     *
     * @param e what was thrown
     */
    public static @Nullable Errno errno(IOException e) {
        if (e instanceof FuseException answer) {
            return answer.errno();
        }
        return e instanceof RefusedException refused ? refused.errno() : null;
    }

    /**
     * {@return whether it is one of some errors}
     *
     * @param e what was thrown
     * @param some the errors
     */
    public static boolean is(IOException e, Errno... some) {
        Errno errno = errno(e);
        for (Errno one : some) {
            if (one == errno) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return whether what was asked about is gone, though its name may be another file's by now}
     *
     * @param e what was thrown, also when it names a file already
     */
    public static boolean isStale(IOException e) {
        return is(e, Errno.ESTALE)
                || (e.getCause() instanceof IOException cause && is(cause, Errno.ESTALE));
    }

    /**
     * {@return whether the server does not know the request}
     *
     * @param e what was thrown
     */
    public static boolean isUnknown(IOException e) {
        return is(e, Errno.ENOSYS, Errno.EOPNOTSUPP);
    }

    /**
     * {@return the exception for an operation on files}
     *
     * @param e what was thrown; given back as it is when it is no answer of the server
     * @param file which file
     * @param other the other file; null when there is none
     */
    public static IOException about(IOException e, String file, @Nullable String other) {
        Errno errno = errno(e);
        if (errno == null) {
            return e;
        }
        String reason = text(e, errno);
        FileSystemException translated =
                switch (errno) {
                    case ENOENT, ESTALE -> new NoSuchFileException(file, other, null);
                    case EEXIST -> new FileAlreadyExistsException(file, other, null);
                    case EACCES -> new AccessDeniedException(file, other, null);
                    case ELOOP -> new FileSystemLoopException(file);
                    default -> new FileSystemException(file, other, reason);
                };
        translated.initCause(e);
        return translated;
    }

    /**
     * {@return the exception for an operation on an open file}
     *
     * @param e what was thrown
     */
    public static IOException inChannel(IOException e) {
        Errno errno = errno(e);
        return errno == null ? e : new IOException(text(e, errno), e);
    }

    private static String text(IOException e, Errno errno) {
        return errno == Errno.OTHER && e instanceof FuseException answer
                ? "Unknown error " + answer.number()
                : errno.text();
    }
}
