#include "core/checkpoint/vocabulary_file.h"

#include <gtest/gtest.h>

#include "tests/error_of.h"

namespace gatescope::checkpoint {
namespace {

using Entries = std::vector<std::string>;
const Entries kEntries{"\n", " ", "a", "é"};

std::string error(std::string_view bytes, std::string_view origin = "v") {
  return error_of([&] { parse_vocabulary(bytes, origin); });
}

TEST(VocabularyFile, ReadsEveryFormThatPeopleKeepItIn) {
  for (const std::string_view bytes :
       {R"(["\n", " ", "a", "é"])", R"({"a": 2, "\n": 0, "é": 3, " ": 1})",
        R"({"0": "\n", "1": " ", "2": "a", "3": "é"})", R"({"stoi": {"\n": 0, " ": 1, "a": 2, "é": 3}})",
        R"({"itos": ["\n", " ", "a", "é"], "special": ["<pad>"]})",
        R"({"char_to_ix": {"\n": 0, " ": 1, "a": 2, "é": 3},
            "ix_to_char": {"0": "\n", "1": " ", "2": "a", "3": "é"}, "seed": 1})",
        R"({"version": "1.0", "model": {"type": "WordLevel", "vocab": {"\n": 0, " ": 1, "a": 2, "é": 3}}})",
        "\\n\n \na\né\n", "\n\n \na\né", "\n \na\né\n", "\\n\r\n \r\na\r\n\\u00e9\r\n",
        "\xEF\xBB\xBF\\n\n\\u0020\na\né\n"}) {
    EXPECT_EQ(parse_vocabulary(bytes, "v"), kEntries) << bytes;
  }
}

TEST(VocabularyFile, LinesMayBeginWithBracketsAndHoldBackslashes) {
  EXPECT_EQ(parse_vocabulary("[PAD]\n[UNK]\nthe\n", "v"), (Entries{"[PAD]", "[UNK]", "the"}));
  EXPECT_EQ(parse_vocabulary("[\n]\n{\n", "v"), (Entries{"[", "]", "{"}));
  EXPECT_EQ(parse_vocabulary("\\\n\\t\n\\x\n", "v"), (Entries{"\\", "\t", "\\x"}));
}

TEST(VocabularyFile, AnEmptyLineAtTheEndIsAnEntryWhereOneIsMissing) {
  EXPECT_EQ(parse_vocabulary("a\nb\n\n", "v", 2), (Entries{"a", "b"}));
  EXPECT_EQ(parse_vocabulary("a\nb\n\n", "v", 3), (Entries{"a", "b", "\n"}));
  EXPECT_EQ(parse_vocabulary("\\n\na\n\n", "v"), (Entries{"\n", "a"}));
}

TEST(VocabularyFile, NamesTheEntryThatIsWrong) {
  EXPECT_EQ(error(R"({"a": 0, "b": 0})"), "'v': the entries \"a\" and \"b\" have the same number 0");
  EXPECT_EQ(error(R"({"a": 0, "b": 2})"),
            "'v': the entry \"b\" has the number 2, but 2 entries have the numbers 0 to 1");
  EXPECT_EQ(error(R"({"a": 0, "b": -1})"),
            "'v': the entry \"b\" has the number -1, expected a whole number from 0 to 1");
  EXPECT_EQ(error(R"({"a": 0, "b": 0.5})"),
            "'v': the entry \"b\" has the number 0.5, expected a whole number from 0 to 1");
  EXPECT_EQ(error(R"({"a": 0, "b": 1, "c": "x"})"),
            "'v': the entry \"c\" has the number \"x\", expected a whole number from 0 to 2");
  EXPECT_EQ(error(R"({"0": "a", "x": "b"})"),
            "'v': the entry \"b\" has the number \"x\", expected a whole number from 0 to 1");
  EXPECT_EQ(error(R"({"0": "a", "1": "a"})"), "'v': entry 1, \"a\", stands there twice");
  EXPECT_EQ(error(R"(["a", 1])"), "'v': entry 1 is 1, expected a string");
  EXPECT_EQ(error(R"({"stoi": {"a": 0, "b": 0}})"),
            "'v': /stoi: the entries \"a\" and \"b\" have the same number 0");
  EXPECT_EQ(error(R"({"stoi": {"a": 0}, "itos": ["b"]})"), "'v': \"stoi\" and \"itos\" do not say the same");
  EXPECT_NE(error(R"({"seed": 1, "name": "x", "list": []})").find("without a vocabulary"), std::string::npos);
}

TEST(VocabularyFile, SaysWhatIsNoVocabularyAtAll) {
  EXPECT_NE(error("PK\3\4.......").find("is a ZIP archive"), std::string::npos);
  EXPECT_EQ(error("\xFF\xFE"
                  "a"),
            "'v' is UTF-16, expected UTF-8: save it as UTF-8");
  EXPECT_NE(error("").find("is empty"), std::string::npos);
  EXPECT_NE(error("a\n\xE9\n").find("entry 1"), std::string::npos);
  EXPECT_EQ(error("[\"a\"", "v.json"), "'v.json': not valid JSON at byte 5, line 1");
}

}  // namespace
}  // namespace gatescope::checkpoint
