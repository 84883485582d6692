package dev.virtq.drivers.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.FeatureSet;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The requirements of section 5.1.3.1. */
class NetFeatureTest {
    @Test
    void noBitHasTwoNames() {
        assertThat(Arrays.stream(NetFeature.values()).map(NetFeature::bit)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({
        "GUEST_TSO4, GUEST_CSUM",
        "GUEST_ECN, GUEST_TSO6",
        "GUEST_ECN, GUEST_TSO4",
        "HOST_ECN, HOST_TSO4",
        "HOST_USO, CSUM",
        "RSC_EXT, HOST_TSO6",
        "MQ, CTRL_VQ",
        "VQ_NOTF_COAL, CTRL_VQ",
        "GUEST_UDP_TUNNEL_GSO, GUEST_TSO4 GUEST_TSO6 GUEST_USO4 GUEST_USO6",
        "HOST_UDP_TUNNEL_GSO, HOST_TSO4 HOST_TSO6 HOST_USO",
        "HASH_TUNNEL, CTRL_VQ RSS",
        "HASH_TUNNEL, CTRL_VQ HASH_REPORT",
        "RSS_CONTEXT, CTRL_VQ RSS",
    })
    void aFeatureStandsOnlyWithWhatItRequires(NetFeature feature, String required) {
        List<NetFeature> needs =
                Arrays.stream(required.split(" ")).map(NetFeature::valueOf).toList();
        FeatureSet enough = FeatureSet.of(needs).with(feature);
        assertThat(enough.unmetRequirements(List.of(feature))).isEmpty();
        for (NetFeature one : needs) {
            assertThat(enough.without(one).unmetRequirements(List.of(feature)))
                    .as("without %s", one)
                    .isNotEmpty();
        }
    }

    @Test
    void whatThisDriverServesStandsAlone() {
        for (NetFeature feature : List.of(NetFeature.MAC, NetFeature.MTU, NetFeature.STATUS)) {
            assertThat(feature.requirements()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"MTU, 3", "MAC, 5", "MRG_RXBUF, 15", "STATUS, 16", "SPEED_DUPLEX, 63", "IPSEC, 70"})
    void theBitsAreTheStandards(NetFeature feature, int bit) {
        assertThat(feature.bit()).isEqualTo(bit);
    }
}
