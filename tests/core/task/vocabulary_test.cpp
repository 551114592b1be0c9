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

}  // namespace
}  // namespace gatescope::task
