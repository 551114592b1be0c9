#include "core/task/characters.h"

#include <gtest/gtest.h>

#include "core/task/text_file.h"

namespace gatescope::task {
namespace {

/// So many different characters, each of which stands there twice.
std::u32string different(std::size_t count) {
  std::u32string text;
  for (int twice = 0; twice < 2; ++twice)
    for (char32_t c = 0x10000; text.size() < (twice + 1) * count; ++c) text += c;
  return text;
}

TEST(Characters, AreTheTextHoweverManyDifferentOnesThereAre) {
  for (const std::size_t count : {1, 2, 255, 256, 257, 65535, 65536, 65537}) {
    const std::u32string text = U"né" + different(count);
    Characters characters;
    for (std::size_t at = 0; at < text.size(); at += 1000)
      characters.add(std::u32string_view(text).substr(at, 1000));
    EXPECT_EQ(characters.size(), text.size());
    EXPECT_EQ(characters.different(), text.substr(0, 2 + count)) << "in the order of their first appearance";
    EXPECT_EQ(characters.text(), text) << count;
    EXPECT_EQ(characters.digest(), digest(text));
  }
}

TEST(Characters, TakeAByteEachWhereThereAreUpTo256) {
  const auto bytes_of_each = [](std::size_t count) {
    return Characters(different(count)).take_numbers().visit([](const auto& numbers) {
      return sizeof(numbers[0]);
    });
  };
  EXPECT_EQ(bytes_of_each(256), 1u);
  EXPECT_EQ(bytes_of_each(257), 2u);
  EXPECT_EQ(bytes_of_each(65536), 2u);
  EXPECT_EQ(bytes_of_each(65537), 4u);
}

TEST(Tokens, TakeOtherNumbersInTheirPlace) {
  Tokens tokens(std::vector<int>{2, 0, 1, 2});
  tokens.renumber(std::vector<int>{70000, 300, 0});
  tokens.visit([](const auto& numbers) {
    EXPECT_EQ(std::vector<int>(numbers.begin(), numbers.end()), (std::vector<int>{0, 70000, 300, 0}));
  });
}

}  // namespace
}  // namespace gatescope::task
