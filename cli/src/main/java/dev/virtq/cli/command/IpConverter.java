package dev.virtq.cli.command;

import dev.virtq.cli.network.Ipv4Address;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads IPv4 addresses for picocli. */
final class IpConverter implements ITypeConverter<Ipv4Address> {
    IpConverter() {}

    @Override
    public Ipv4Address convert(String text) {
        try {
            return Ipv4Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
