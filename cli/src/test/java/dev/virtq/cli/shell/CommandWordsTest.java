package dev.virtq.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.cli.value.CommandException;
import org.junit.jupiter.api.Test;

class CommandWordsTest {
    @Test
    void blanksSeparateWords() {
        assertThat(CommandWords.of("  queue\t0   send ")).containsExactly("queue", "0", "send");
    }

    @Test
    void quotesKeepBlanksAndEmptyWords() {
        assertThat(CommandWords.of("a 'b c' \"d e\" '' f'g h'i"))
                .containsExactly("a", "b c", "d e", "", "fg hi");
    }

    @Test
    void aBackslashTakesTheNextCharacterAsItIs() {
        assertThat(CommandWords.of("a\\ b \"c\\\"d\" 'e\\f'"))
                .containsExactly("a b", "c\"d", "e\\f");
    }

    @Test
    void aCommentStartsAWordAndNotInTheMiddleOfOne() {
        assertThat(CommandWords.of("# all of it")).isEmpty();
        assertThat(CommandWords.of("a b#c # d 'e")).containsExactly("a", "b#c");
    }

    @Test
    void aQuoteThatIsNotClosedSaysWhereItOpened() {
        assertThatThrownBy(() -> CommandWords.of("a \"b c"))
                .isInstanceOf(CommandException.class)
                .hasMessage("the quote at position 3 is not closed (expected: another \")");
    }

    @Test
    void aBackslashAtTheEndIsRefused() {
        assertThatThrownBy(() -> CommandWords.of("a \\"))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith("the backslash at position 3 ends the line");
    }
}
