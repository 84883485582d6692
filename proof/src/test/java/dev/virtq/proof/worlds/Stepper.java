package dev.virtq.proof.worlds;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs one side's operation by one step: up to the next access to shared memory that the other side
 * can notice, that access included. What comes before it is answered from the log.
 *
 * <p>Plain accesses are no steps of their own: they are ordered with whatever the other side does
 * there, else they are a fault, and so it does not matter when they happen.
 */
final class Stepper {
    private static final ThreadLocal<@Nullable Stepper> CURRENT = new ThreadLocal<>();

    private static final int EVENT = 1;
    private static final int FENCE = 2;
    private static final int SIGNAL = 3;
    private static final int LOAD = 4;
    private static final int STORE = 5;
    private static final int KINDS = 8;

    private final Places places;
    private final SharedMemory memory;
    private final WorldSpec.Detail detail;
    private boolean settingUp = true;
    private int side;
    private Log log = new Log();
    private int at;
    private boolean stepped;
    private boolean joined;
    private int choice;
    private int choices;
    private @Nullable Consumer<String> trace;
    private @Nullable LongUnaryOperator lie;
    private long lastStored;

    Stepper(Places places, SharedMemory memory, WorldSpec.Detail detail) {
        this.places = places;
        this.memory = memory;
        this.detail = detail;
    }

    /** Makes this the one that accesses of the calling thread go to. */
    void install() {
        CURRENT.set(this);
    }

    static void uninstall() {
        CURRENT.remove();
    }

    static Stepper current() {
        Stepper stepper = CURRENT.get();
        if (stepper == null) {
            throw new IllegalStateException("no world is being explored in this thread");
        }
        return stepper;
    }

    void setUpIsDone() {
        settingUp = false;
    }

    void traceTo(@Nullable Consumer<String> lines) {
        trace = lines;
    }

    /**
     * Runs one step.
     *
     * @param operation the side's operation, from its beginning
     * @param wanted which of the readable values the step's load returns, 0 for the newest
     * @return whether the operation is done; otherwise it is entered again for its next step
     */
    boolean step(int who, Log itsLog, int wanted, Runnable operation) {
        side = who;
        log = itsLog;
        at = 0;
        stepped = false;
        joined = false;
        choice = wanted;
        choices = 1;
        try {
            operation.run();
            return true;
        } catch (Paused paused) {
            return false;
        }
    }

    /** {@return among how many values the last step's load could choose} */
    int choices() {
        return choices;
    }

    long load(long address, int width, Order order) {
        int place = memory.place(address, width);
        if (settingUp) {
            return memory.initial(place);
        }
        if (at < log.size()) {
            return replayed(place * KINDS + LOAD);
        }
        int chosen = 0;
        if (enter(order)) {
            choices = order.isAtomic() ? memory.choices(side, place) : 1;
            chosen = choice;
        }
        long value = memory.load(side, place, order, chosen);
        log(place * KINDS + LOAD, value);
        if (trace != null) {
            say(
                    "loads %s (%s): 0x%x%s"
                            .formatted(
                                    places.name(place),
                                    words(order),
                                    value,
                                    chosen > 0 ? ", which is stale" : ""));
        }
        return value;
    }

    /** Has a side store something else than it wants, in words of 8 bytes, as long as that runs. */
    void lying(LongUnaryOperator told, Runnable whatStores) {
        lie = told;
        try {
            whatStores.run();
        } finally {
            lie = null;
        }
    }

    /** {@return the address of the last store} */
    long lastStored() {
        return lastStored;
    }

    void store(long address, int width, long wanted, Order order) {
        lastStored = address;
        long value = lie != null && width == 8 ? lie.applyAsLong(wanted) : wanted;
        int place = memory.place(address, width);
        if (settingUp) {
            memory.initialise(place, value);
            return;
        }
        if (at < log.size()) {
            replayed(place * KINDS + STORE);
            return;
        }
        enter(order);
        memory.store(side, place, value, order);
        log(place * KINDS + STORE, 0);
        if (trace != null) {
            say("stores %s (%s) = 0x%x".formatted(places.name(place), words(order), value));
        }
    }

    void fence() {
        if (settingUp) {
            return;
        }
        if (at < log.size()) {
            replayed(FENCE);
            return;
        }
        enter(Order.OPAQUE);
        joined = detail == WorldSpec.Detail.COARSE;
        memory.fence(side);
        log(FENCE, 0);
        say("full fence");
    }

    /** A kick or an interrupt: it is noticed by the other side, and tells it nothing else. */
    void signal(String name, Runnable effect) {
        if (at < log.size()) {
            replayed(SIGNAL);
            return;
        }
        if (detail != WorldSpec.Detail.COARSE) {
            enter(Order.OPAQUE);
        }
        effect.run();
        log(SIGNAL, 0);
        say(name);
    }

    /** Does something in the model, together with the step before, once. */
    void once(Runnable effect) {
        if (at < log.size()) {
            replayed(EVENT);
            return;
        }
        effect.run();
        log(EVENT, 0);
    }

    /** Asks the model something, once. */
    long ask(LongSupplier question) {
        if (at < log.size()) {
            return replayed(EVENT);
        }
        long answer = question.getAsLong();
        log(EVENT, answer);
        return answer;
    }

    /** Says something in a trace, when it happens first. */
    void say(String line) {
        if (trace != null && at >= log.size()) {
            trace.accept(line);
        }
    }

    /** {@return the place that a step of a log accessed; -1 when it was no access} */
    static int placeOf(int what) {
        return (what & KINDS - 1) >= LOAD ? what / KINDS : -1;
    }

    /** {@return the same access at another place} */
    static int at(int place, int what) {
        return place * KINDS + (what & KINDS - 1);
    }

    static boolean isLoad(int what) {
        return (what & KINDS - 1) == LOAD;
    }

    /** {@return whether this access is the step} */
    private boolean enter(Order order) {
        if (!order.isAtomic() && detail != WorldSpec.Detail.EVERY_ACCESS) {
            return false;
        }
        if (joined) {
            joined = false;
            return true;
        }
        if (stepped) {
            throw Paused.HERE;
        }
        stepped = true;
        return true;
    }

    private void log(int what, long value) {
        log.add(what, value);
        at++;
    }

    private long replayed(int what) {
        if (log.what(at) != what) {
            throw new IllegalStateException("an operation that is entered again goes another way");
        }
        return log.value(at++);
    }

    private static String words(Order order) {
        return order.name().toLowerCase(java.util.Locale.ROOT);
    }
}
