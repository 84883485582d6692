package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ContainerUserTest {
    @Test
    void isTheJvmsOwnUser() {
        assertThat(ContainerUser.of(1000, 100, false).inside()).isEqualTo("1000:100");
    }

    @Test
    void isNeverRootWhenTheJvmIs() {
        ContainerUser user = ContainerUser.of(0, 0, false);
        assertThat(user.uid()).isNotZero();
        assertThat(user.inside()).isEqualTo(user.uid() + ":" + user.gid());
    }

    @Test
    void isTheJvmsUserUnderARootlessEngineWhichCallsItRoot() {
        ContainerUser user = ContainerUser.of(1000, 100, true);
        assertThat(user.uid()).isEqualTo(1000);
        assertThat(user.inside()).isEqualTo("0:0");
    }
}
