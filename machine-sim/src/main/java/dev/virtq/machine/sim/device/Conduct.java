package dev.virtq.machine.sim.device;

import dev.virtq.device.ConfigSpace;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.machine.sim.hostile.Mischief;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Which rules the devices of a machine break now, and how often they have had the occasion.
 * Threads: any.
 */
public final class Conduct {
    /** Counted from the moment at which the mischief began. */
    private record Spell(
            Mischief mischief,
            AtomicInteger featureReads,
            AtomicInteger generationReads,
            AtomicInteger configReads) {
        static Spell of(Mischief mischief) {
            return new Spell(
                    mischief, new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        }
    }

    private volatile Spell now;

    /**
     * Begins with a mischief.
     *
     * @param mischief which rules are broken; {@link Mischief#NONE} for none
     */
    public Conduct(Mischief mischief) {
        now = Spell.of(mischief);
    }

    /**
     * Goes on with another one.
     *
     * @param mischief which rules are broken from now on
     */
    public void change(Mischief mischief) {
        now = Spell.of(mischief);
    }

    Mischief mischief() {
        return now.mischief;
    }

    FeatureSet offered(FeatureSet honest) {
        Spell spell = now;
        return spell.mischief.offeredFeatures(honest, spell.featureReads.getAndIncrement());
    }

    /** {@return the configuration space as the driver reads it} */
    ConfigSpace seen(ConfigSpace honest) {
        return new SeenConfig(honest, this);
    }

    int generation(int honest) {
        Spell spell = now;
        return spell.mischief.generation(honest, spell.generationReads.getAndIncrement());
    }

    int configRead(int honest) {
        Spell spell = now;
        return spell.mischief.configRead(honest, spell.configReads.getAndIncrement());
    }

    /** {@return used buffer notifications as the driver gets them} */
    Interrupt heard(Interrupt honest) {
        return new HeardInterrupt(honest, sent -> mischief().notification(sent));
    }

    /** {@return configuration change notifications as the driver gets them} */
    Interrupt configHeard(Interrupt honest) {
        return new HeardInterrupt(honest, sent -> mischief().configNotification(sent));
    }
}
