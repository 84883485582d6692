package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.testing.Clause;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sets of feature bits, status bits, and which features are accepted. */
class FeaturesTest {
    /** Features of a device type that does not exist. */
    private enum ToyFeature implements Feature {
        BASE(0),
        NEEDS_BASE(1),
        NEEDS_THAT(23),
        NEEDS_EITHER(50),
        TOP(127);

        private final int bit;

        ToyFeature(int bit) {
            this.bit = bit;
        }

        @Override
        public int bit() {
            return bit;
        }

        @Override
        public List<List<Feature>> requirements() {
            return switch (this) {
                case BASE, TOP -> List.of();
                case NEEDS_BASE -> List.of(List.of(BASE));
                case NEEDS_THAT -> List.of(List.of(NEEDS_BASE));
                case NEEDS_EITHER -> List.of(List.of(BASE, CommonFeature.IN_ORDER));
            };
        }
    }

    @Test
    void bitsOfBothHalvesAreHeld() {
        FeatureSet set = FeatureSet.of(ToyFeature.BASE, CommonFeature.VERSION_1, ToyFeature.TOP);
        assertThat(set.bits().boxed()).containsExactly(0, 32, 127);
        assertThat(set).hasToString("{0, 32, 127}");
        assertThat(set.contains(ToyFeature.TOP)).isTrue();
        assertThat(set.contains(ToyFeature.NEEDS_BASE)).isFalse();
        assertThat(set.without(ToyFeature.TOP).bits().boxed()).containsExactly(0, 32);
        assertThat(FeatureSet.EMPTY.isEmpty()).isTrue();
        assertThat(FeatureSet.EMPTY.with(ToyFeature.TOP).isEmpty()).isFalse();
    }

    @Test
    void wordsAreReadAndReplaced() {
        Random random = new Random(128);
        FeatureSet set = FeatureSet.EMPTY;
        int[] words = new int[4];
        for (int round = 0; round < 100; round++) {
            int index = random.nextInt(4);
            words[index] = random.nextInt();
            set = set.withWord(index, words[index]);
            for (int i = 0; i < 4; i++) {
                assertThat(set.word(i)).isEqualTo(words[i]);
            }
        }
        for (int bad : new int[] {-1, 4}) {
            assertThatThrownBy(() -> FeatureSet.EMPTY.word(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("feature word " + bad + " (expected: 0..3)");
            assertThatThrownBy(() -> FeatureSet.EMPTY.withWord(bad, 0))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void setsAreCombined() {
        FeatureSet low = new FeatureSet(0b1100, 0b1);
        FeatureSet other = new FeatureSet(0b1010, 0b10);
        assertThat(low.union(other)).isEqualTo(new FeatureSet(0b1110, 0b11));
        assertThat(low.intersection(other)).isEqualTo(new FeatureSet(0b1000, 0));
        assertThat(low.minus(other)).isEqualTo(new FeatureSet(0b100, 0b1));
        assertThat(low.containsAll(new FeatureSet(0b100, 0b1))).isTrue();
        assertThat(low.containsAll(other)).isFalse();
    }

    @Test
    void aBitThatDoesNotExistIsRefused() {
        for (int bad : new int[] {-1, 128}) {
            assertThatThrownBy(() -> FeatureSet.EMPTY.withBit(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("feature bit " + bad + " (expected: 0..127)");
            assertThatThrownBy(() -> FeatureSet.EMPTY.containsBit(bad))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void unmetRequirementsAreNamed() {
        FeatureSet set = FeatureSet.of(ToyFeature.NEEDS_BASE, ToyFeature.NEEDS_EITHER);
        assertThat(set.unmetRequirements(List.of(ToyFeature.values())))
                .containsExactly(
                        "NEEDS_BASE requires BASE", "NEEDS_EITHER requires BASE or IN_ORDER");
        assertThat(set.with(ToyFeature.BASE).unmetRequirements(List.of(ToyFeature.values())))
                .isEmpty();
    }

    private final FeatureNegotiation negotiation =
            new FeatureNegotiation(List.of(new FakeTransport().format));

    @Test
    @Clause({"2.2.1#1", "2.2.1#2"})
    void whatRequiresSomethingThatIsNotAcceptedIsNotAccepted() {
        FeatureSet offered =
                FeatureSet.of(ToyFeature.NEEDS_THAT, ToyFeature.NEEDS_BASE, ToyFeature.NEEDS_EITHER)
                        .with(CommonFeature.VERSION_1);
        assertThat(negotiation.choose(offered, List.of(ToyFeature.values()), FeatureSet.EMPTY))
                .isEqualTo(FeatureSet.of(CommonFeature.VERSION_1));
        assertThat(
                        negotiation.choose(
                                offered.with(ToyFeature.BASE),
                                List.of(ToyFeature.values()),
                                FeatureSet.EMPTY))
                .isEqualTo(offered.with(ToyFeature.BASE));
    }

    @Test
    @Clause({"2.2.1#3", "2.2.1#5", "6.1#1"})
    void onlyWhatIsOfferedAndServedIsAccepted() {
        FeatureSet everything = new FeatureSet(-1, -1);
        assertThat(
                        negotiation.choose(
                                everything,
                                List.of(ToyFeature.BASE),
                                FeatureSet.of(CommonFeature.NOTIFICATION_DATA)))
                .isEqualTo(
                        FeatureSet.of(
                                ToyFeature.BASE,
                                CommonFeature.VERSION_1,
                                CommonFeature.EVENT_IDX,
                                CommonFeature.INDIRECT_DESC,
                                CommonFeature.NOTIFICATION_DATA));
    }

    /** What depends on the way to the device is accepted where that way serves it, else nowhere. */
    @ParameterizedTest
    @EnumSource(
            value = CommonFeature.class,
            names = {
                "ACCESS_PLATFORM",
                "ORDER_PLATFORM",
                "NOTIFICATION_DATA",
                "NOTIF_CONFIG_DATA",
                "RING_RESET",
                "SUSPEND"
            })
    @Clause({"2.2.1#1", "6.1#3", "6.1#6", "6.1#12"})
    void aFeatureOfTheTransportIsAcceptedOnlyWhereItServesIt(CommonFeature feature) {
        FeatureSet everything = new FeatureSet(-1, -1);
        FeatureSet served = FeatureSet.of(feature);
        assertThat(negotiation.choose(everything, List.of(), FeatureSet.EMPTY).contains(feature))
                .isFalse();
        assertThat(negotiation.choose(everything, List.of(), served).contains(feature)).isTrue();
        assertThat(
                        negotiation
                                .choose(everything.without(feature), List.of(), served)
                                .contains(feature))
                .as("it was not offered")
                .isFalse();
    }

    /** A driver cannot promise for the ring format or for the transport. */
    @ParameterizedTest
    @EnumSource(
            value = CommonFeature.class,
            names = {
                "ACCESS_PLATFORM",
                "ORDER_PLATFORM",
                "RING_PACKED",
                "IN_ORDER",
                "SR_IOV",
                "NOTIFICATION_DATA",
                "NOTIF_CONFIG_DATA",
                "RING_RESET",
                "ADMIN_VQ",
                "SUSPEND"
            })
    @Clause({"2.2.1#3", "6.1#9"})
    void aCommonFeatureIsNotAcceptedBecauseADriverWantsIt(CommonFeature feature) {
        assertThat(negotiation.choose(new FeatureSet(-1, -1), List.of(feature), FeatureSet.EMPTY))
                .isEqualTo(
                        FeatureSet.of(
                                CommonFeature.VERSION_1,
                                CommonFeature.EVENT_IDX,
                                CommonFeature.INDIRECT_DESC));
    }

    @Test
    void withoutARingFormatTheMessageSaysWhichModuleIsMissing() {
        FeatureNegotiation bare = new FeatureNegotiation(List.of());
        assertThatThrownBy(() ->
                        bare.choose(
                                FeatureSet.of(CommonFeature.VERSION_1),
                                List.of(),
                                FeatureSet.EMPTY))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("add virtq-split");
    }

    @Test
    void aStatusByteIsDescribedByItsBits() {
        assertThat(DeviceStatus.describe(0)).isEqualTo("0x00");
        assertThat(DeviceStatus.describe(0x4f))
                .isEqualTo("0x4f (ACKNOWLEDGE DRIVER DRIVER_OK FEATURES_OK DEVICE_NEEDS_RESET)");
        assertThat(DeviceStatus.describe(0x20)).isEqualTo("0x20");
        assertThat(DeviceStatus.decode(0x83))
                .containsExactly(
                        DeviceStatus.ACKNOWLEDGE, DeviceStatus.DRIVER, DeviceStatus.FAILED);
        int all = 0;
        for (DeviceStatus bit : DeviceStatus.values()) {
            assertThat(bit.in(bit.mask())).isTrue();
            assertThat(bit.in(~bit.mask())).isFalse();
            all |= bit.mask();
        }
        assertThat(all).isEqualTo(0xdf);
    }

    @Test
    void aDeviceTypeHasAnIdThatDevicesCanHave() {
        assertThat(DeviceType.of(1)).isEqualTo(DeviceType.NETWORK).hasToString("net");
        assertThat(DeviceType.of(99)).hasToString("device-99");
        for (int bad : new int[] {0, -1, 0x1000}) {
            assertThatThrownBy(() -> DeviceType.of(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected: 1..4095");
        }
    }
}
