package dev.virtq.proof.worlds;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.proof.worlds.WorldSpec.Lie;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import java.util.Arrays;
import java.util.List;

/**
 * What the users of both ends do, as a program would that is free to do it at any time: each is one
 * operation, entered again from its beginning for each of its steps.
 */
final class Operations {
    static final int NONE = 0;

    private static final int WAKE = 1;
    private static final int SLEEP = 2;
    static final int PUBLISH = 3;
    private static final int POLL = 4;
    private static final int TAKE = 4;
    private static final int UNSTAGE = 16;
    private static final int STAGE = 32;
    private static final int USE = 32;
    private static final int LIE = 64;

    /** What becomes of an entry once it was taken or polled. */
    interface Over {
        void after(boolean take, int position);
    }

    private final WorldSpec spec;
    private final DriverRing driver;
    private final DeviceRing device;
    private final Stepper stepper;
    private final SharedMemory memory;
    private final Model model;
    private final Buffers buffers;
    private final int[] ids;
    private final Over over;
    private final int[] enabled = new int[16];

    Operations(
            WorldSpec spec,
            DriverRing driver,
            DeviceRing device,
            Stepper stepper,
            SharedMemory memory,
            Model model,
            Buffers buffers,
            int[] ids,
            Over over) {
        this.spec = spec;
        this.driver = driver;
        this.device = device;
        this.stepper = stepper;
        this.memory = memory;
        this.model = model;
        this.buffers = buffers;
        this.ids = ids;
        this.over = over;
    }

    int[] enabled(int side) {
        int count = model.isRefused ? 0 : side == World.DRIVER ? driverEnabled() : deviceEnabled();
        return Arrays.copyOf(enabled, count);
    }

    private int driverEnabled() {
        int count = 0;
        if (model.driverSleeps) {
            if (model.interrupt) {
                enabled[count++] = WAKE;
            }
            return count;
        }
        for (int chain = 0; chain < spec.chainCount(); chain++) {
            if (model.isHome(chain) && isFirstOfItsShape(chain)) {
                enabled[count++] = STAGE + chain;
            }
        }
        if (!model.staged.isEmpty()) {
            enabled[count++] = PUBLISH;
            if (spec.detail() != WorldSpec.Detail.COARSE) {
                enabled[count++] = UNSTAGE + model.staged.getFirst();
            }
        }
        enabled[count++] = POLL;
        if (model.inFlight() > 0) {
            enabled[count++] = SLEEP;
        }
        return count;
    }

    /** Chains of one shape are alike: it is enough to send the first that is at home. */
    private boolean isFirstOfItsShape(int chain) {
        for (int other = 0; other < chain; other++) {
            if (spec.chains().get(other).equals(spec.chains().get(chain)) && model.isHome(other)) {
                return false;
            }
        }
        return true;
    }

    /** A device that sleeps is waiting for new chains; those that it has it may use meanwhile. */
    private int deviceEnabled() {
        int count = 0;
        if (model.deviceSleeps) {
            if (model.kick) {
                enabled[count++] = WAKE;
            }
        } else {
            enabled[count++] = TAKE;
            enabled[count++] = SLEEP;
        }
        for (int chain : model.taken) {
            enabled[count++] = USE + chain;
            if (spec.lie() != Lie.NONE && model.lie == Model.NO_CHAIN) {
                enabled[count++] = LIE + chain;
            }
        }
        if (!model.used.isEmpty()) {
            enabled[count++] = PUBLISH;
        }
        return count;
    }

    void run(int side, int operation) {
        if (side == World.DRIVER) {
            runDriver(operation);
        } else {
            runDevice(operation);
        }
    }

    private void runDriver(int operation) {
        switch (operation) {
            case WAKE -> {
                stepper.once(() -> {
                    model.driverSleeps = false;
                    model.interrupt = false;
                });
                driver.disableNotifications();
            }
            case SLEEP -> {
                if (!driver.enableNotifications()) {
                    stepper.once(() -> model.driverSleeps = true);
                }
            }
            case PUBLISH -> {
                int count = driver.publish();
                stepper.once(() -> model.published(count));
                if (driver.deviceWantsNotification()) {
                    stepper.signal("kicks the device", () -> model.kick = true);
                }
            }
            case POLL -> poll();
            default -> stageOrUnstage(operation);
        }
    }

    private void poll() {
        int id;
        try {
            id = driver.poll();
        } catch (DeviceFaultException e) {
            if (stepper.ask(() -> model.isLieNext() ? 1 : 0) == 0) {
                throw e;
            }
            stepper.once(() -> model.isRefused = true);
            stepper.say("refuses it: " + e.getMessage());
            return;
        }
        if (id == DriverRing.NOTHING) {
            stepper.say("finds nothing");
            return;
        }
        int chain = chainOf(id);
        long length = driver.usedLength();
        boolean assumed = driver.usedLengthIsAssumed();
        stepper.once(() -> {
            over.after(false, model.polls);
            model.poll(chain, length, assumed);
        });
        buffers.checkAnswer(stepper, memory, chain);
        stepper.say("gets chain %d back, length %d".formatted(chain, length));
    }

    /** Chains that begin with a readable buffer are written anew each time, as after a limit. */
    private void stageOrUnstage(int operation) {
        if (operation >= STAGE) {
            int chain = operation - STAGE;
            buffers.fill(stepper, chain);
            if (spec.readable(chain) > 0) {
                driver.rewrite(ids[chain]);
            }
            driver.stage(ids[chain]);
            stepper.once(() -> model.staged.add(chain));
        } else {
            int chain = operation - UNSTAGE;
            driver.unstage(ids[chain]);
            stepper.once(() -> model.staged.remove(/* element */ (Integer) chain));
        }
    }

    private void runDevice(int operation) {
        switch (operation) {
            case WAKE -> {
                stepper.once(() -> {
                    model.deviceSleeps = false;
                    model.kick = false;
                });
                device.disableNotifications();
            }
            case SLEEP -> {
                if (device.enableNotifications()) {
                    device.disableNotifications();
                } else {
                    stepper.once(() -> model.deviceSleeps = true);
                }
            }
            case PUBLISH -> {
                publishUsed();
                stepper.once(model::publishUsed);
                if (device.driverWantsNotification()) {
                    stepper.signal("interrupts the driver", () -> model.interrupt = true);
                }
            }
            case TAKE -> take();
            default -> use(operation % USE, operation >= LIE);
        }
    }

    private void take() {
        if (!device.take()) {
            stepper.say("finds nothing");
            return;
        }
        int head = device.chain().id();
        int chain = buffers.chainOf(device.chain());
        buffers.checkWalk(chain, device.chain());
        stepper.once(() -> {
            over.after(true, model.takes);
            model.take(chain, head);
        });
        stepper.say("takes chain " + chain);
    }

    /** What was told of a wrong id is stored by whichever call stores it. */
    private void publishUsed() {
        if (model.lie != Model.NO_CHAIN && spec.lie() == Lie.WRONG_ID) {
            stepper.lying(this::withWrongId, device::publish);
        } else {
            device.publish();
        }
    }

    /** In worlds of one chain, no other id is in flight. */
    private long withWrongId(long stored) {
        return spec.kind().withOtherId(stored, spec.size());
    }

    private void use(int chain, boolean isLie) {
        List<Integer> batch = model.batch(chain);
        for (int each : batch) {
            buffers.serve(stepper, each);
        }
        if (!isLie) {
            device.use(model.head[chain], model.usedLength(chain));
        } else if (spec.lie() == Lie.TOO_LONG) {
            device.use(model.head[chain], model.writableBytes(chain) + 1);
        } else {
            stepper.lying(
                    this::withWrongId,
                    () -> device.use(model.head[chain], 0)); // a length that any chain has
        }
        stepper.once(() -> {
            model.use(batch);
            model.lie = isLie ? chain : model.lie;
        });
    }

    private int chainOf(int id) {
        for (int chain = 0; chain < ids.length; chain++) {
            if (ids[chain] == id) {
                return chain;
            }
        }
        throw new Fault("no chain has the id " + id);
    }

    String name(int side, int operation) {
        if (operation == WAKE) {
            return "wake up";
        }
        if (operation == SLEEP) {
            return "go to sleep";
        }
        if (operation == PUBLISH) {
            return "publish";
        }
        if (side == World.DEVICE) {
            return operation == TAKE
                    ? "take a chain"
                    : operation >= LIE
                            ? "lie about chain " + (operation - LIE)
                            : "use chain " + (operation - USE);
        }
        return operation == POLL
                ? "poll"
                : operation >= STAGE
                        ? "stage chain " + (operation - STAGE)
                        : "unstage chain " + (operation - UNSTAGE);
    }
}
