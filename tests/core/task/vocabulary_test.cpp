#include "core/task/vocabulary.h"

#include <gtest/gtest.h>

#include "tests/error_of.h"

namespace gatescope::task {
namespace {

TEST(Vocabulary, NumbersTheCharactersOfATextByCodePoint) {
  const Vocabulary vocabulary = Vocabulary::of(U"∂ab\na");
  EXPECT_EQ(vocabulary.entries(), (std::vector<std::string>{"\n", "a", "b", "∂"}));
  EXPECT_EQ(vocabulary.encode(U"b∂a"), (std::vector<int>{2, 3, 1}));
  EXPECT_EQ(vocabulary.decode(std::vector<int>{2, 3, 1}), "b∂a");
}

TEST(Vocabulary, NamesTheFirstUnknownCharacterAndItsPosition) {
  EXPECT_EQ(error_of([] {
              Vocabulary({"a", "b"}).encode(U"abéx", "--text");
            }),
            "--text: the model does not know the character \"é\" (U+00E9) at position 2; its 2 characters "
            "are \"ab\"");
}

TEST(Vocabulary, TakesEntriesThatAreNoCharacter) {
  const Vocabulary vocabulary({"<pad>", "a", "\xEF\xBB\xBF"});
  EXPECT_EQ(vocabulary.encode(U"a\uFEFF"), (std::vector<int>{1, 2}));
  EXPECT_EQ(vocabulary.find(U'<'), -1);
}

TEST(Vocabulary, RefusesEntriesThatCannotBe) {
  EXPECT_EQ(error_of([] {
              Vocabulary({"a", ""}, "'v.json'");
            }),
            "'v.json': entry 1 is empty, expected a character");
  EXPECT_EQ(error_of([] {
              Vocabulary({"a", "b", "a"});
            }),
            "the vocabulary: entry 2, \"a\", stands there twice");
  EXPECT_NE(error_of([] { Vocabulary({"a", "\xFF"}, "v"); }).find("entry 1"), std::string::npos);
}

TEST(Vocabulary, TakesTheLongestPieceThatFits) {
  const Vocabulary pieces({"a", "ab", "abc", " ", "<eos>"});
  EXPECT_EQ(pieces.encode(U"abcab a<eos>"), (std::vector<int>{2, 1, 3, 0, 4}));
  EXPECT_EQ(pieces.decode(std::vector<int>{2, 1, 3, 0}), "abcab a");
  EXPECT_FALSE(pieces.of_words());
}

TEST(Vocabulary, OfWordsCutsAtWhiteSpaceAndPutsItBack) {
  const Vocabulary words({"<unk>", "the", "cat", "sat", ".", "<eos>", "s"});
  EXPECT_TRUE(words.of_words());
  Unknown unknown;
  EXPECT_EQ(words.encode(U"the cat\tsat.\nthe cats  <unk>\n", "--text", &unknown),
            (std::vector<int>{1, 2, 3, 4, 5, 1, 0, 0, 5}));
  EXPECT_EQ(unknown.sentence("--text", true),
            "--text: 1 word that the model does not know, the first \"cats\", is read as \"<unk>\"");
  EXPECT_EQ(words.decode(std::vector<int>{1, 2, 5, 1, 3, 4}), "the cat\nthe sat .");
  EXPECT_EQ(words.decode(std::vector<int>{2}, "the"), " cat");
  EXPECT_EQ(words.decode(std::vector<int>{2}, "the "), "cat");
}

TEST(Vocabulary, WithoutAnEntryOfTheUnknownFallsBackToPiecesThenFails) {
  const Vocabulary words({"un", "do", "the"});
  EXPECT_EQ(words.encode(U"undo the"), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(error_of([&] { words.encode(U"the cat", "--text"); }),
            "--text: the model does not know the word \"cat\" at position 4; its 3 words are \"un do the\"");
}

TEST(Vocabulary, GrowsByWhatATextHasBeyondIt) {
  EXPECT_EQ(Vocabulary({"b", "a"}).extended_by(U"cab d").entries(),
            (std::vector<std::string>{"b", "a", " ", "c", "d"}));
  EXPECT_EQ(Vocabulary({"<unk>", "a"}).extended_by(U"ab").entries(),
            (std::vector<std::string>{"<unk>", "a", "b"}));
  EXPECT_EQ(Vocabulary({"the", "cat"}).extended_by(U"the dog").entries(),
            (std::vector<std::string>{"the", "cat", "dog"}));
  EXPECT_EQ(Vocabulary({"a", "b"}).extended_by(U"ba").entries(), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace gatescope::task
