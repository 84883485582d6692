package dev.virtq.queue;

import static dev.virtq.queue.QueueRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state of a transfer, and every operation on it: where it leads, or that it is refused. */
class TransferStatesTest {
    enum Operation {
        SUBMIT,
        SEND,
        TAKE_BACK,
        LIMIT_SENDING,
        LIMIT_RECEIVING,
        DETACH,
        CLOSE,
        RELEASE,
        RECEIVED,
        RECEIVED_LENGTH,
        TOUCH,
        VIEW
    }

    /** Where the operation leads; empty when it is refused. */
    private static Optional<TransferState> next(TransferState state, Operation operation) {
        return Optional.ofNullable(
                switch (state) {
                    case PREPARED, COMPLETED ->
                            switch (operation) {
                                case SUBMIT, SEND -> TransferState.STAGED;
                                case LIMIT_SENDING, LIMIT_RECEIVING, TOUCH, VIEW -> state;
                                case DETACH, CLOSE, RELEASE -> TransferState.CLOSED;
                                case TAKE_BACK -> null;
                                case RECEIVED, RECEIVED_LENGTH ->
                                        state == TransferState.COMPLETED ? state : null;
                            };
                    case STAGED ->
                            switch (operation) {
                                case TAKE_BACK -> TransferState.PREPARED;
                                case DETACH, CLOSE -> TransferState.DETACHED;
                                default -> null;
                            };
                    case IN_FLIGHT ->
                            switch (operation) {
                                case DETACH, CLOSE -> TransferState.DETACHED;
                                default -> null;
                            };
                    case DETACHED, CLOSED, QUARANTINED ->
                            switch (operation) {
                                case DETACH, CLOSE -> state;
                                default -> null;
                            };
                });
    }

    private static void perform(TransferToken token, Operation operation) {
        switch (operation) {
            case SUBMIT -> token.submit();
            case SEND -> token.send();
            case TAKE_BACK -> token.takeBack();
            case LIMIT_SENDING -> token.limitSending(0, 8);
            case LIMIT_RECEIVING -> token.limitReceiving(0, 8);
            case DETACH -> token.detach();
            case CLOSE -> token.close();
            case RELEASE -> token.release();
            case RECEIVED -> token.received(0);
            case RECEIVED_LENGTH -> token.receivedLength();
            case TOUCH -> token.receiving(0).byteAt(0);
            case VIEW -> token.sending(0).view();
        }
    }

    static Stream<Arguments> everyStateAndOperation() {
        return Stream.of(TransferState.values())
                .flatMap(state ->
                        Stream.of(Operation.values())
                                .map(operation -> Arguments.of(state, operation)));
    }

    @ParameterizedTest(name = "{1} when {0}")
    @MethodSource("everyStateAndOperation")
    void anOperationLeadsWhereItShouldOrIsRefused(TransferState state, Operation operation)
            throws InterruptedException {
        QueueRig rig = new QueueRig();
        TransferToken token = bring(rig, state);
        assertThat(token.state()).isEqualTo(state);
        Optional<TransferState> next = next(state, operation);
        if (next.isPresent()) {
            perform(token, operation);
            assertThat(token.state()).isEqualTo(next.get());
        } else {
            assertThatThrownBy(() -> perform(token, operation))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(refusal(state, operation));
            assertThat(token.state()).isEqualTo(state);
        }
    }

    /** What the message names: the state; and where the buffer was freed, the buffer's. */
    private static String refusal(TransferState state, Operation operation) {
        boolean reads = operation == Operation.TOUCH || operation == Operation.VIEW;
        if (reads && state == TransferState.CLOSED) {
            return "was freed";
        }
        return reads && state == TransferState.QUARANTINED ? "in quarantine" : state.name();
    }

    @ParameterizedTest
    @MethodSource("everyState")
    void aTokenSaysItsStateInItsDescription(TransferState state) throws InterruptedException {
        assertThat(bring(new QueueRig(), state))
                .hasToString("transfer #0 of queue 1 (" + state + ")");
    }

    static Stream<TransferState> everyState() {
        return Stream.of(TransferState.values());
    }

    private static TransferToken bring(QueueRig rig, TransferState state)
            throws InterruptedException {
        TransferToken token = rig.token();
        switch (state) {
            case PREPARED -> {}
            case STAGED -> token.submit();
            case IN_FLIGHT -> {
                token.submit();
                rig.queue.flush();
            }
            case COMPLETED -> {
                Transfer transfer = token.send();
                rig.queue.flush();
                rig.complete(4);
                transfer.await(SOON);
            }
            case DETACHED -> {
                token.submit();
                rig.queue.flush();
                token.detach();
            }
            case CLOSED -> token.close();
            case QUARANTINED -> {
                token.submit();
                rig.queue.flush();
                rig.control.close(false);
            }
        }
        return token;
    }
}
