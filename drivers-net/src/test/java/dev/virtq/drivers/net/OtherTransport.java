package dev.virtq.drivers.net;

import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.Transport;
import dev.virtq.memory.DmaMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** A device that has a status, features and a configuration space, and no queues. */
final class OtherTransport implements Transport, ConfigSpace {
    private final DeviceType type;
    private final FeatureSet offered;
    private final ByteBuffer config;
    private int status;
    boolean closed;

    OtherTransport(DeviceType type, FeatureSet offered, byte... config) {
        this.type = type;
        this.offered = offered;
        this.config = ByteBuffer.wrap(config).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public DeviceType deviceType() {
        return type;
    }

    @Override
    public String name() {
        return "nowhere";
    }

    @Override
    public DmaMemory memory() {
        return new DmaMemory();
    }

    @Override
    public int readStatus() {
        return status;
    }

    @Override
    public void writeStatus(int written) {
        status = written;
    }

    @Override
    public FeatureSet readOfferedFeatures() {
        return offered;
    }

    @Override
    public void writeAcceptedFeatures(FeatureSet features) {}

    @Override
    public FeatureSet servedFeatures() {
        return FeatureSet.EMPTY;
    }

    @Override
    public int queueCount() {
        return 0;
    }

    @Override
    public int maxQueueSize(int queue) {
        return 0;
    }

    @Override
    public QueueConnection enableQueue(int queue, QueueSetup setup) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void resetQueue(int queue) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ConfigSpace configSpace() {
        return this;
    }

    @Override
    public Interrupt configInterrupt() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return Optional.empty();
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public int length() {
        return config.capacity();
    }

    @Override
    public int generation() {
        return 0;
    }

    @Override
    public byte readByte(int offset) {
        return config.get(offset);
    }

    @Override
    public short readShort(int offset) {
        return config.getShort(offset);
    }

    @Override
    public int readInt(int offset) {
        return config.getInt(offset);
    }

    @Override
    public void writeByte(int offset, byte value) {
        throw new AssertionError("5.1.4.2#1: the driver writes no configuration field");
    }

    @Override
    public void writeShort(int offset, short value) {
        throw new AssertionError("5.1.4.2#1: the driver writes no configuration field");
    }

    @Override
    public void writeInt(int offset, int value) {
        throw new AssertionError("5.1.4.2#1: the driver writes no configuration field");
    }
}
