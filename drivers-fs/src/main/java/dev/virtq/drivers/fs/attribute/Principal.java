package dev.virtq.drivers.fs.attribute;

import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/**
 * A user or group of the server's system, by number: its names are not told. Number 0 is called
 * root.
 */
public sealed interface Principal extends UserPrincipal {
    /** {@return the number} */
    int number();

    @Override
    default String getName() {
        return number() == 0 ? "root" : Integer.toUnsignedString(number());
    }

    /**
     * A user.
     *
     * @param number the number
     */
    record User(int number) implements Principal {
        @Override
        public String toString() {
            return getName();
        }
    }

    /**
     * A group.
     *
     * @param number the number
     */
    record Group(int number) implements Principal, GroupPrincipal {
        @Override
        public String toString() {
            return getName();
        }
    }

    /** Finds users and groups by number, or root by name. */
    final class Lookup extends UserPrincipalLookupService {
        /** Makes one. */
        public Lookup() {}

        @Override
        public UserPrincipal lookupPrincipalByName(String name)
                throws UserPrincipalNotFoundException {
            return new User(number(name));
        }

        @Override
        public GroupPrincipal lookupPrincipalByGroupName(String group)
                throws UserPrincipalNotFoundException {
            return new Group(number(group));
        }

        private static int number(String name) throws UserPrincipalNotFoundException {
            if (name.equals("root")) {
                return 0;
            }
            try {
                return Integer.parseUnsignedInt(name);
            } catch (NumberFormatException e) {
                UserPrincipalNotFoundException unknown = new UserPrincipalNotFoundException(name);
                unknown.initCause(e);
                throw unknown;
            }
        }
    }
}
