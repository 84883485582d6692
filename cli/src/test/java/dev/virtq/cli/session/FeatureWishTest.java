package dev.virtq.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.drivers.net.NetFeature;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureWishTest {
    @ParameterizedTest
    @CsvSource({
        "+in_order, IN_ORDER, true",
        "-EVENT_IDX, EVENT_IDX, false",
        "+ring-packed, RING_PACKED, true",
        "-VIRTIO_F_RING_RESET, RING_RESET, false",
        "' -indirect_desc ', INDIRECT_DESC, false",
    })
    void aSignAndANameMakeAWish(String text, CommonFeature feature, boolean wanted) {
        assertThat(FeatureWish.parse(text)).isEqualTo(new FeatureWish(feature, wanted));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-mrg_rxbuf", "-virtio_net_f_mrg_rxbuf"})
    void aDeviceTypesFeaturesHaveNamesToo(String text) {
        Feature feature = FeatureWish.parse(text).feature();
        assertThat(feature).isEqualTo(NetFeature.MRG_RXBUF);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "+indirect | did you mean: indirect_desc?",
                "+in_oder | did you mean: in_order?",
                "- | 'virtq features' lists",
                "in_order | no + or -",
                "'' | a name missing",
            })
    void whatIsNoWishSaysWhatMayHaveBeenMeant(String text, String said) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FeatureWish.parse(text))
                .withMessageContaining(said);
    }
}
